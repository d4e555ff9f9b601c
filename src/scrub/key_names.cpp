// Words of names: between anything that is no letter and no digit, and before a capital letter or a
// digit that begins a part of a name. Of capitals in a row the last begins one if a small letter
// follows: `APIToken`.
// Context: crash time (is_secret).
#include "src/scrub/key_names.hpp"

#include <algorithm>

#include "src/base/ascii.hpp"

namespace dblog::scrub {
namespace {

bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Bytes beyond ASCII are of letters.
bool is_of_word(char c) noexcept {
  return (base::lower_case(c) >= 'a' && base::lower_case(c) <= 'z') || is_digit(c) ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_small(char c) noexcept { return is_of_word(c) && !is_upper(c) && !is_digit(c); }

bool is_edge(std::string_view name, std::size_t at) noexcept {
  if (at == 0 || at == name.size()) return true;
  const char before = name[at - 1], after = name[at];
  if (!is_of_word(before) || !is_of_word(after)) return true;
  if (is_digit(before) != is_digit(after)) return true;
  if (!is_upper(after)) return false;
  return !is_upper(before) || (at + 1 < name.size() && is_small(name[at + 1]));
}

bool begins_with(std::string_view name, std::string_view key) noexcept {
  return name.size() >= key.size() &&
         std::equal(key.begin(), key.end(), name.begin(),
                    [](char of_key, char of_name) { return of_key == base::lower_case(of_name); });
}

bool has_word(std::string_view name, std::string_view key) noexcept {
  for (std::size_t at = 0; at + key.size() <= name.size(); ++at) {
    if (begins_with(name.substr(at), key) && is_edge(name, at) && is_edge(name, at + key.size())) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string KeyNames::fault_of(std::string_view key) {
  if (key.empty()) return "is empty";
  if (key.size() > kLongestKey) {
    return "is longer than " + std::to_string(kLongestKey) + " bytes";
  }
  const bool is_name = std::all_of(key.begin(), key.end(), [](char c) {
    return is_of_word(c) || c == '_' || c == '-' || c == '.';
  });
  return is_name ? "" : "is no name: letters, digits, '_', '-' and '.' are; use a pattern";
}

KeyNames::KeyNames(const std::vector<std::string>& keys) : keys_(keys) {
  for (std::string& key : keys_) key = base::lower_cased(std::move(key));
}

bool KeyNames::is_secret(std::string_view name) const noexcept {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const std::string& key) { return has_word(name, key); });
}

}  // namespace dblog::scrub
