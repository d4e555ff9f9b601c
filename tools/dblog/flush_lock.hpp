// The turn of a tool that a program started: one works, at most one waits, and the others have
// nothing to do, because the one that waits looks for messages after their start.
// Used by `dblog flush --linger`. src/sqlite/sender_lock.hpp has the rules that programs share.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "src/base/result.hpp"
#include "tools/dblog/stop_signals.hpp"

namespace dblog::tool {

class FlushLock {
 public:
  /// Waits for the turn. Bypasses a tool that is stopped or makes no progress: that one keeps its
  /// lock on a file that is no longer there. Nothing if another one waits already, or after a stop
  /// signal. Fails if there is no lock file that can be trusted.
  static base::Result<std::optional<FlushLock>> take(const std::filesystem::path& database,
                                                     const StopSignals& stop);

  FlushLock(FlushLock&& other) noexcept;
  FlushLock& operator=(FlushLock&&) = delete;
  FlushLock(const FlushLock&) = delete;
  FlushLock& operator=(const FlushLock&) = delete;
  ~FlushLock();

  /// To be called before each round and each sleep, at least once in kSenderPatience.
  void show_progress() noexcept;

  /// Lets others begin. Look once more afterwards: a program that saw the lock held a moment ago
  /// relies on it.
  void release() noexcept;
  /// True if no other one has taken it meanwhile.
  bool retake() noexcept;

 private:
  explicit FlushLock(int descriptor) noexcept : descriptor_(descriptor) {}

  enum class Turn { ours, not_ours, file_is_gone, unusable };
  Turn wait(const std::filesystem::path& path, const StopSignals& stop);
  Turn bypass(const std::filesystem::path& path) noexcept;
  bool lock(short type, off_t byte) noexcept;

  int descriptor_;
};

/// Waits until the process is gone, at most `patience`, or for a stop signal.
void wait_for_end_of(pid_t process, std::chrono::milliseconds patience, const StopSignals& stop);

}  // namespace dblog::tool
