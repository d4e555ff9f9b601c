// dblog test-notify: does what is configured work?
#pragma once

#include <string>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct TestNotifyOptions {
  bool slack = false;  ///< Neither: each channel that is configured.
  bool email = false;
  bool json = false;
  std::string env_file;
};

/// Sends one message to each channel and tells what came of it in a line each. Done when every
/// channel that was asked for took its message; needs no database. Half a minute a channel at most.
Outcome test_notify(const TestNotifyOptions& options);

}  // namespace dblog::tool
