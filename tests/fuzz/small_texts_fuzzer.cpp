// The parsers of single texts: ids that people write, and what columns of a database and symbols of
// a module hold.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "src/config/retention.hpp"
#include "src/grouping/abort_reason.hpp"
#include "src/grouping/fingerprint.hpp"
#include "src/grouping/fold_repeats.hpp"
#include "src/grouping/plain_name.hpp"
#include "src/grouping/stored_address.hpp"
#include "src/outbox/due_time.hpp"
#include "src/symbols/readable_name.hpp"
#include "src/text/type_text.hpp"
#include "tests/fuzz/tool_outcome.hpp"
#include "tools/dblog/entry_id.hpp"

namespace {

using namespace dblog;
using test::require;

void check_ids(const std::string& text) {
  const auto id = tool::parse_entry_id(text);
  if (!id) return;
  reader::Entry entry;
  entry.id = *id;
  const auto again = tool::parse_entry_id(tool::entry_id_text(entry));
  require(again && again->table == id->table && again->id == id->id, "an id changes", text);
}

void check_dates(const std::string& text) {
  const auto date = outbox::parse_date(text);
  if (!date) return;
  // Text is of 1970 and later, and has years of four digits.
  constexpr std::chrono::hours kDay{24};
  if (date->time_since_epoch() < kDay || date->time_since_epoch() > kDay * 365 * 8'000) return;
  const auto again = outbox::parse_date(local_date_text(*date));
  require(again.has_value(), "a date that was written is none", text);
  // Hours that a change of clocks leaves out or repeats.
  const auto difference = *again > *date ? *again - *date : *date - *again;
  require(difference <= std::chrono::hours{2}, "a date changes", text);
}

void check_limits(const std::string& text) {
  const auto limits = config::parse_table_limits(text);
  if (!limits) return;
  require(limits->general.value_or(0) >= 0, "a limit below 0", text);
  for (const auto& [table, limit] : limits->of_table) {
    require(!table.empty() && limit >= 0, "a limit below 0, or of no table", text);
  }
}

void check_names(const std::string& text) {
  const std::string plain = grouping::plain_function_name(text);
  require(plain.empty() == text.empty() && plain.find('\n') == plain.npos, "a plain name", text);
  (void)grouping::short_function_name(text);
  (void)grouping::plain_module_name(text);
  require(symbols::readable_function_name(text).size() <= 4'096, "a long name", text);
  // A blank for each comma is all that is added.
  require(text::readable_name(text).size() <= 2 * text.size(), "a name as people write it", text);
  const std::string_view without = symbols::without_suffix(text);
  require(std::string_view{text}.starts_with(without), "a name without suffix", text);
}

void check_printing(const std::string& text) {
  test::check_printable(tool::escape_line(text), false);
  test::check_printable(tool::escape_block(text, "  "), false);
  test::check_printable(tool::escape_line(tool::shortened(text, 40)), false);
}

void check_grouping(const std::string& text) {
  if (const auto assertion = grouping::read_assertion(text)) {
    require(assertion->condition.size() <= text.size(), "an assertion", text);
  }
  (void)grouping::abort_check(text);
  (void)grouping::parse_address(text);
  grouping::Crash crash{"signal", "SIGSEGV", text, text, "/bin/app", 1,
                        text,     text,      text, true, 1,          {}};
  std::vector<std::string> entries;
  // A frame a byte, so that recursions come about.
  for (const char c : text.substr(0, 300)) {
    crash.frames.push_back({std::string("f") + c, "/bin/app", "", ""});
    entries.emplace_back(1, c);
  }
  crash.frames.push_back({text, text, text, text});
  require(grouping::crash_fingerprint(crash).text == grouping::crash_fingerprint(crash).text,
          "a fingerprint changes", text);
  require(grouping::fold_repeats(entries).size() <= entries.size(), "folded to more", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  check_ids(text);
  check_dates(text);
  check_limits(text);
  check_names(text);
  check_printing(text);
  check_grouping(text);
  return 0;
}
