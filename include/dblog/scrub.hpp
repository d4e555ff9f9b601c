// Scrubbing: what must not be stored, sent or shown, such as passwords, is replaced by
// "[scrubbed]".
//
//   dblog::install_handlers({.scrub = {.keys = {"password", "token"},
//                                      .patterns = {"[0-9]{4}( [0-9]{4}){3}"}}});
//
// The settings scrub_keys and scrub_patterns do the same, for the tool `dblog`, too; all rules
// count. docs/settings.md has the syntax, docs/security.md what is scrubbed when.
#pragma once

#include <string>
#include <vector>

#include "dblog/export.hpp"

namespace dblog {
inline namespace abi_1 {

/// What is scrubbed. Threads: a plain value.
struct ScrubRules {
  /// Names of fields, and of pairs such as `password=x` in texts, whose values are secret: at most
  /// 64, of 64 bytes. Upper case is the same as lower case; `token` means `auth_token` and
  /// `authToken`, too, not `tokens`.
  std::vector<std::string> keys = {};

  /// Regular expressions of PCRE2 (pcre2pattern(3)) of which every match in a text is secret: at
  /// most 64, of 512 bytes, each without control characters (write `\n`) and blanks at its ends.
  std::vector<std::string> patterns = {};

  /// The same rules in the same order.
  bool operator==(const ScrubRules&) const = default;
};

/// The program's rules from here on, in place of those that it gave before, here or by
/// HandlerOptions::scrub; the rules of the settings stay. What is stored already stays as it is.
/// Returns a line for each rule that cannot be used, or one for want of memory, which also go to
/// stderr; the other rules count.
/// Never throws. Cost: a millisecond; the rules before stay in memory. Threads: any.
DBLOG_EXPORT std::vector<std::string> set_scrub_rules(const ScrubRules& rules) noexcept;

}  // namespace abi_1
}  // namespace dblog
