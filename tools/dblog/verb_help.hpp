// What the tool's verbs are, for those who miss. `dblog help` is in the same file.
// Used by command_line.cpp.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace dblog::tool {

/// How to ask for help on the verb that was given: "dblog help outbox show"; without one
/// "dblog --help".
std::string way_to_help(const CLI::App& app);

/// "; did you mean '--since'?" if an option that the verb does not have looks like one that it has;
/// else nothing.
std::string advice_on_option(const CLI::App& app);

/// If the verb, or the verb's own, is what is wrong with the command line.
std::optional<std::string> advice_on_verb(const CLI::App& app);

}  // namespace dblog::tool
