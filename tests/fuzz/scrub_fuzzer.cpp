// Rules for scrubbing of any bytes, and texts that they are applied to. The first line is a key,
// the second a pattern, the rest is the text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "src/scrub/key_values.hpp"
#include "src/scrub/patterns.hpp"
#include "src/scrub/rules.hpp"
#include "src/text/valid_text.hpp"

namespace {

using namespace dblog::scrub;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void check_pattern(std::string_view pattern, std::string_view text) {
  Patterns patterns;
  const std::string fault = patterns.add(pattern);
  require(fault.empty() != patterns.is_empty());
  for (const TextSpan& span : patterns.find_matches(text)) {
    require(span.begin <= span.end && span.end <= text.size());
  }
}

// No value of a secret key is left.
void check_keys(const KeyNames& keys, std::string_view text) {
  std::string copy(text.size() * 11 + 16, '\0');
  copy.resize(copy_without_values(keys, text, copy.data(), copy.size()));
  KeyValues values{keys, copy};
  for (TextSpan value; values.next(value);) {
    require(std::string_view{copy}.substr(value.begin, value.end - value.begin) == kScrubbed);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::string_view key = take_line(text), pattern = take_line(text);
  check_pattern(pattern, text);
  if (KeyNames::fault_of(key).empty()) check_keys(KeyNames{{std::string(key)}}, text);
  const Rules rules{{{std::string(key)}, {std::string(pattern)}}};
  if (dblog::text::is_utf8(text)) require(dblog::text::is_utf8(rules.scrubbed(text)));
  return 0;
}
