// One thing that `dblog doctor` has looked at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dblog::tool {

enum class CheckState : std::uint8_t {
  ok,
  warning,  ///< A crash is recorded; something beside it may be missing.
  problem   ///< A crash, or what was asked for with it, gets lost.
};

/// Texts may hold what comes from outside; the page escapes them.
struct Check {
  const char* name;  ///< For scripts, too.
  CheckState state = CheckState::ok;
  std::string found;
  std::string advice = {};  ///< What to do; may be empty.
};
using Checks = std::vector<Check>;

}  // namespace dblog::tool
