// Runs a program and waits for its end: what it printed, and how it died.
//
//   const auto child = test::run_child({.arguments = {DBLOG_TOOL, "list"}, .directory =
//   dir.path()}); CHECK(child.exit_code() == 0);
//
// The child starts with default signal dispositions, an empty signal mask and stdin from /dev/null,
// in a process group of its own, which is killed at the deadline. The test's own descriptors stay
// with the test as far as they are close-on-exec.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dblog::test {

enum class ChildStdout {
  captured,
  closed,       ///< No descriptor 1 at all.
  full,         ///< /dev/full: every write fails with ENOSPC.
  broken_pipe,  ///< A pipe without a reader.
};

struct ChildOptions {
  std::vector<std::string> arguments;    ///< The program first; without a slash, sought in PATH.
  std::vector<std::string> environment;  ///< NAME=VALUE, over the test's own; NAME alone: unset.
  std::filesystem::path directory;       ///< Empty: the test's own.
  ChildStdout standard_output = ChildStdout::captured;
  std::chrono::milliseconds deadline = std::chrono::seconds{60};
};

struct ChildResult {
  std::string out;
  std::string err;
  int wait_status = 0;     ///< As of waitpid(2).
  bool timed_out = false;  ///< Then the child was killed with SIGKILL.
  pid_t process_id = 0;

  /// -1 if it did not exit.
  [[nodiscard]] int exit_code() const noexcept;

  /// 0 if no signal ended it.
  [[nodiscard]] int signal() const noexcept;
};

/// Returns when the child has ended, whether or not its own children still hold its output open.
/// Throws std::system_error if it cannot be started.
ChildResult run_child(const ChildOptions& options);

}  // namespace dblog::test
