// Rules are never changed: new ones are made, and take the place of those before. So no thread
// waits for one that is not there after fork().
#include "src/api/scrub_rules.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include "src/api/call_scope.hpp"
#include "src/api/stderr_line.hpp"
#include "src/api/tool_delivery.hpp"
#include "src/config/settings.hpp"

namespace dblog {
namespace {

struct RuleSet {
  scrub::RuleTexts of_program;
  scrub::RuleTexts of_settings;
  bool knows_settings = false;
  scrub::Rules rules{scrub::RuleTexts{}};
  const RuleSet* before = nullptr;  // others may use it still
};

std::atomic<const RuleSet*> current{nullptr};
std::atomic<bool> are_known_to_be_none{false};

constexpr const char* kNoLine =
    "has a control character, or a blank at an end: write \\n, \\t or \\x20 for it";

// A tool that the program starts gets the patterns as a setting does: a line each, without the
// blanks around it. To write another pattern that way means to know all of PCRE2's syntax.
bool is_line(const std::string& pattern) {
  if (pattern.empty()) return true;
  return pattern.front() != ' ' && pattern.back() != ' ' &&
         std::none_of(pattern.begin(), pattern.end(), [](unsigned char c) { return c < ' '; });
}

// Those of the program that are no line are empty: a fault, too, and the others keep their numbers.
scrub::RuleTexts all_of(const RuleSet& set) {
  scrub::RuleTexts all = set.of_settings;
  all.keys.insert(all.keys.end(), set.of_program.keys.begin(), set.of_program.keys.end());
  for (const std::string& pattern : set.of_program.patterns) {
    all.patterns.push_back(is_line(pattern) ? pattern : "");
  }
  return all;
}

bool is_same(const RuleSet& one, const RuleSet& other) {
  return one.of_program == other.of_program && one.of_settings == other.of_settings &&
         one.knows_settings == other.knows_settings;
}

// The last thread publishes the last rules, also if one that came before is slow.
void publish_current() noexcept {
  const RuleSet* set = nullptr;
  do {
    set = current.load();
    scrub::set_active_rules(&set->rules);
    are_known_to_be_none.store(set->knows_settings && set->rules.is_empty());
  } while (set != current.load());
}

// The settings' come first, and are without fault: a fault is of the program's.
std::vector<std::string> lines_of(const std::vector<scrub::RuleFault>& faults, const RuleSet& set) {
  std::vector<std::string> lines;
  for (scrub::RuleFault fault : faults) {
    const bool is_key = fault.kind == scrub::RuleKind::key;
    fault.number -= is_key ? set.of_settings.keys.size() : set.of_settings.patterns.size();
    if (!is_key && !is_line(set.of_program.patterns.at(fault.number - 1))) fault.why = kNoLine;
    lines.push_back(fault.text());
  }
  return lines;
}

// `change` changes the rules as they are; what is wrong with the program's then, a line each.
std::vector<std::string> change_rules(const std::function<void(RuleSet&)>& change) {
  const RuleSet* before = current.load();
  while (true) {
    auto set = std::make_unique<RuleSet>();
    if (before != nullptr) {
      set->of_program = before->of_program;
      set->of_settings = before->of_settings;
      set->knows_settings = before->knows_settings;
    }
    change(*set);
    std::vector<scrub::RuleFault> faults;
    (void)scrub::usable_rules(all_of(*set), faults);
    std::vector<std::string> lines = lines_of(faults, *set);
    if (before != nullptr && is_same(*before, *set)) return lines;
    set->rules = scrub::Rules{all_of(*set)};
    set->before = before;
    if (current.compare_exchange_weak(before, set.get())) {
      (void)set.release();
      publish_current();
      return lines;
    }
  }
}

}  // namespace

namespace api {

std::vector<std::string> use_scrub_rules(const ScrubRules& of_program,
                                         const scrub::RuleTexts& of_settings) {
  return change_rules([&](RuleSet& set) {
    set.of_settings = of_settings;
    set.knows_settings = true;
    if (of_program != ScrubRules{}) set.of_program = {of_program.keys, of_program.patterns};
  });
}

const scrub::Rules* scrub_rules_in_force() {
  const RuleSet* const set = current.load();
  if (set == nullptr || !set->knows_settings) {
    const config::LoadedSettings loaded = config::load_settings();
    for (const config::SettingError& error : loaded.errors) {
      if (error.key.starts_with("scrub_")) warn({"settings: ", error.text()});
    }
    change_rules([&](RuleSet& next) {
      if (std::exchange(next.knows_settings, true)) return;
      next.of_settings = loaded.settings.scrub;
    });
  }
  return scrub::active_rules();
}

bool scrubs_nothing() noexcept { return are_known_to_be_none.load(std::memory_order_relaxed); }

std::vector<std::pair<std::string, std::string>> scrub_settings_for_tool() {
  const RuleSet* const set = current.load();
  if (set == nullptr || set->of_program.is_empty()) return {};
  std::vector<scrub::RuleFault> ignored;
  const scrub::RuleTexts rules = scrub::usable_rules(all_of(*set), ignored);
  std::string keys, patterns;
  for (const std::string& key : rules.keys) keys.append(key).append(",");
  for (const std::string& pattern : rules.patterns) patterns.append(pattern).append("\n");
  return {{"scrub_keys", keys}, {"scrub_patterns", patterns}};
}

}  // namespace api

inline namespace abi_1 {

std::vector<std::string> set_scrub_rules(const ScrubRules& rules) noexcept try {
  const api::CallScope scope;
  std::vector<std::string> lines = change_rules([&](RuleSet& set) {
    set.of_program = {rules.keys, rules.patterns};
  });
  for (const std::string& line : lines) api::warn({"scrub: ", line});
  api::tell_tool_rules();
  return lines;
} catch (const std::exception&) {
  constexpr const char* kNotTaken = "no memory for the rules: some may not count";
  api::warn({"scrub: ", kNotTaken});
  try {
    return {kNotTaken};
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace abi_1
}  // namespace dblog
