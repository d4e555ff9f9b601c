// The tool's command line: verbs, their options, help, and which function does what.
// Called by main.
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "tools/dblog/outcome.hpp"
#include "tools/dblog/stop_signals.hpp"

namespace dblog::tool {

/// For verbs that print before they end: results (0, or errno of why that failed), a line of
/// progress for a person who looks on, and what the user should know besides.
struct Printers {
  std::function<int(const std::string&)> result = [](const std::string&) { return 0; };
  std::function<void(const std::string&)> progress = [](const std::string&) {};
  std::function<void(const std::string&)> notice = [](const std::string&) {};
};

/// Does what a command line asks for. Called once at most.
using Verb = std::function<Outcome()>;

/// What is to be done; or what there is to say at once: help, or what is wrong. `printers` are used
/// by the verb; so is `stop`, which is to outlive the printing of what the verb came to.
std::variant<Outcome, Verb> parse_command_line(int argc, char** argv, const Printers& printers,
                                               StopSignals& stop);

/// Both.
Outcome run_verb(int argc, char** argv, const Printers& printers, StopSignals& stop);

}  // namespace dblog::tool
