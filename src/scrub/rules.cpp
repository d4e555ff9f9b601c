#include "src/scrub/rules.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "src/scrub/key_values.hpp"

namespace dblog::scrub {
namespace {

std::atomic<const Rules*> rules_of_process{nullptr};

std::string one_too_many(std::size_t most) {
  return "is one too many: there may be " + std::to_string(most);
}

// What was scrubbed before: a pattern must not take a part of it.
void find_marks(std::string_view text, std::vector<TextSpan>& spans) {
  constexpr std::string_view kMark = kScrubbed;
  for (std::size_t at = text.find(kMark); at != std::string_view::npos;
       at = text.find(kMark, at + kMark.size())) {
    spans.push_back({at, at + kMark.size()});
  }
}

}  // namespace

std::string RuleFault::text() const {
  return (kind == RuleKind::key ? "key " : "pattern ") + std::to_string(number) + ' ' + why;
}

RuleTexts usable_rules(const RuleTexts& texts, std::vector<RuleFault>& faults) {
  return Rules{RuleTexts{}}.take(texts, faults);
}

Rules::Rules(const RuleTexts& texts) {
  std::vector<RuleFault> ignored;
  (void)take(texts, ignored);
}

RuleTexts Rules::take(const RuleTexts& texts, std::vector<RuleFault>& faults) {
  RuleTexts used;
  std::size_t number = 0;
  for (const std::string& key : texts.keys) {
    ++number;
    std::string fault = KeyNames::fault_of(key);
    if (fault.empty() && used.keys.size() == KeyNames::kMostKeys) {
      fault = one_too_many(KeyNames::kMostKeys);
    }
    if (fault.empty()) {
      used.keys.push_back(key);
    } else {
      faults.push_back({RuleKind::key, number, std::move(fault)});
    }
  }
  keys_ = KeyNames{used.keys};
  number = 0;
  for (const std::string& pattern : texts.patterns) {
    ++number;
    std::string fault = used.patterns.size() == Patterns::kMostPatterns
                            ? one_too_many(Patterns::kMostPatterns)
                            : patterns_.add(pattern);
    if (fault.empty()) {
      used.patterns.push_back(pattern);
    } else {
      faults.push_back({RuleKind::pattern, number, std::move(fault)});
    }
  }
  return used;
}

std::vector<TextSpan> Rules::find_secrets(std::string_view text) const {
  std::vector<TextSpan> spans = patterns_.find_matches(text);
  KeyValues values{keys_, text};
  for (TextSpan value; values.next(value);) spans.push_back(value);
  if (spans.empty()) return spans;
  find_marks(text, spans);
  std::sort(spans.begin(), spans.end(),
            [](const TextSpan& a, const TextSpan& b) { return a.begin < b.begin; });
  std::size_t last = 0;
  for (const TextSpan& span : spans) {
    if (span.begin <= spans[last].end) {
      spans[last].end = std::max(spans[last].end, span.end);
    } else {
      spans[++last] = span;
    }
  }
  spans.resize(last + 1);
  return spans;
}

std::string Rules::scrubbed(std::string_view text) const {
  const std::vector<TextSpan> spans = find_secrets(text);
  std::string kept;
  std::size_t copied = 0;
  for (const TextSpan& span : spans) {
    kept.append(text.substr(copied, span.begin - copied)).append(kScrubbed);
    copied = span.end;
  }
  return kept.append(text.substr(copied));
}

void Rules::scrub(std::string& text) const {
  std::string kept = scrubbed(text);
  text.swap(kept);
}

const Rules* active_rules() noexcept { return rules_of_process.load(std::memory_order_acquire); }

void set_active_rules(const Rules* rules) noexcept {
  rules_of_process.store(rules != nullptr && !rules->is_empty() ? rules : nullptr,
                         std::memory_order_release);
}

}  // namespace dblog::scrub
