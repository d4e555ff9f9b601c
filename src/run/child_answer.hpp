// Work that may fault, or is meant to: done in a child, which answers through a pipe.
// Threads: while there is only one (fork()).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace dblog::run {

struct ChildAnswer {
  std::string text;         ///< All that the child wrote.
  pid_t process = -1;       ///< -1: no child could be made, and `text` says why.
  int wait_status = 0;      ///< As of waitpid(2).
  std::int64_t ended = 0;   ///< When it was gone, by the monotonic clock, in nanoseconds.
  bool was_killed = false;  ///< It did not end by itself within `patience`.

  /// It ended as a child that got to the end of its work.
  [[nodiscard]] bool is_whole() const noexcept { return process > 0 && wait_status == 0; }
};

/// Calls `work` in a child, which ends when that returns and leaves no core; what it writes to
/// `output` is the answer, of a megabyte at most. The child ignores and blocks no other signals
/// than this process did when it was started; this process gets none meanwhile.
[[nodiscard]] ChildAnswer ask_child(const std::function<void(int output)>& work,
                                    std::chrono::milliseconds patience);

/// For `work`: all of `text`.
void answer(int output, const std::string& text) noexcept;

}  // namespace dblog::run
