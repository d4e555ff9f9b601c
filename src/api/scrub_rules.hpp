// The rules for scrubbing of this process: those that the program gives, and those of the settings.
// Threads: any. A child after fork() has those of its parent.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dblog/scrub.hpp"
#include "src/scrub/rules.hpp"

namespace dblog::api {

/// Those of the settings, when handlers are installed, and those of the program unless it gives
/// none. Returns what is wrong with the program's, a line each.
std::vector<std::string> use_scrub_rules(const ScrubRules& of_program,
                                         const scrub::RuleTexts& of_settings);

/// Null if there are no rules. Without install_handlers(), the first call reads the settings of
/// .env in the working directory, and warns on stderr of rules there that cannot be used.
const scrub::Rules* scrub_rules_in_force();

/// Whether it is known that there are no rules. One relaxed load.
[[nodiscard]] bool scrubs_nothing() noexcept;

/// Keys and values of settings that say all rules, if the program gives some: a tool that it starts
/// cannot find those in the settings. Else none.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> scrub_settings_for_tool();

}  // namespace dblog::api
