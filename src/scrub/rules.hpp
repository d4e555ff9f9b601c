// The rules in force: what they name is replaced by "[scrubbed]" in texts that are about to be
// stored, sent or shown.
//
//   if (const scrub::Rules* rules = scrub::active_rules()) rules->scrub(message);
//
// Never at crash time, except where a function says so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/scrub/key_names.hpp"
#include "src/scrub/patterns.hpp"
#include "src/scrub/text_span.hpp"

namespace dblog::scrub {

/// Rules as they are written.
struct RuleTexts {
  std::vector<std::string> keys = {};
  std::vector<std::string> patterns = {};

  [[nodiscard]] bool is_empty() const noexcept { return keys.empty() && patterns.empty(); }
  bool operator==(const RuleTexts&) const = default;
};

enum class RuleKind { key, pattern };

struct RuleFault {
  RuleKind kind = RuleKind::key;
  std::size_t number = 0;  ///< Among those of its kind, from 1.
  std::string why;         ///< Without the rule's text.

  /// "key 2 is empty"
  [[nodiscard]] std::string text() const;
};

/// The rules without fault. What is wrong with the others is added to `faults`.
[[nodiscard]] RuleTexts usable_rules(const RuleTexts& texts, std::vector<RuleFault>& faults);

class Rules {
 public:
  /// Those of `texts` that are without fault.
  explicit Rules(const RuleTexts& texts);

  [[nodiscard]] bool is_empty() const noexcept { return keys_.is_empty() && patterns_.is_empty(); }

  /// Names whose values are secret, for those who have names apart from values, and for crash time.
  [[nodiscard]] const KeyNames& keys() const noexcept { return keys_; }

  /// Replaces each value of a secret key and each match of a pattern. Valid UTF-8 stays valid.
  /// Texts that were scrubbed before stay as they are. Throws nothing but std::bad_alloc.
  void scrub(std::string& text) const;
  [[nodiscard]] std::string scrubbed(std::string_view text) const;

 private:
  friend RuleTexts usable_rules(const RuleTexts& texts, std::vector<RuleFault>& faults);

  // Makes the rules, and notes which texts were used.
  RuleTexts take(const RuleTexts& texts, std::vector<RuleFault>& faults);
  [[nodiscard]] std::vector<TextSpan> find_secrets(std::string_view text) const;

  KeyNames keys_;
  Patterns patterns_;
};

/// Of this process; null if it has no rules. They stay where they are until the process ends.
/// Context: crash time.
[[nodiscard]] const Rules* active_rules() noexcept;

/// From now on those count. They must stay where they are.
void set_active_rules(const Rules* rules) noexcept;

}  // namespace dblog::scrub
