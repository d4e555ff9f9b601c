// The tool's command line: verbs, their options, help, and which function does what.
// Called by main.
#pragma once

#include <functional>
#include <string>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

/// For verbs that print before they end: results, and a line of progress for a person who looks on.
struct Printers {
  std::function<void(const std::string&)> result;
  std::function<void(const std::string&)> progress;
};

/// Does what the command line says.
Outcome run_verb(int argc, char** argv, const Printers& printers);

}  // namespace dblog::tool
