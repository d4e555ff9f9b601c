// What the tool's verbs are, for those who ask and those who miss.
// Used by command_line.cpp.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

/// What `--help` of a verb prints: {"outbox", "show"}; of the tool if `about` is empty.
Outcome verb_help(const CLI::App& app, const std::vector<std::string>& about);

/// If the verb, or the verb's own, is what is wrong with the command line.
std::optional<std::string> advice_on_verb(const CLI::App& app);

}  // namespace dblog::tool
