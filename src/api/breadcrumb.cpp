#include "dblog/breadcrumb.hpp"

#include "handlers/record/breadcrumb_ring.hpp"
#include "src/scrub/key_values.hpp"
#include "src/scrub/rules.hpp"

namespace dblog {
inline namespace abi_1 {

// Patterns would take too long, and too much of the stack: they come when breadcrumbs are read.
void breadcrumb(std::string_view text) noexcept {
  const scrub::Rules* const rules = scrub::active_rules();
  if (rules == nullptr || rules->keys().is_empty()) return crash::leave_breadcrumb(text);
  constexpr std::size_t kMost = crash::Breadcrumb::kMaxText;
  constexpr std::size_t kLongestCharacter = 4;
  char clean[kMost + kLongestCharacter];
  const std::size_t size =
      scrub::copy_without_values(rules->keys(), text.substr(0, 2 * kMost), clean, sizeof clean);
  crash::leave_breadcrumb({clean, size});
}

}  // namespace abi_1
}  // namespace dblog
