// A program that starts under ptrace, for the tracers of this folder.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace dblog::test {

/// False where the system forbids ptrace, as some containers do.
bool may_trace();

/// The thread that makes it is its tracer. It is killed when 20 seconds have passed.
class TracedChild {
 public:
  /// `command` runs in `directory`, which gets a file of its stderr for the time, with
  /// `environment`
  /// ("NAME=value") besides this process's own but $DBLOG_DB. It waits at its first instruction,
  /// with `more_options` (PTRACE_O_…).
  TracedChild(const std::vector<std::string>& command, const std::filesystem::path& directory,
              const std::vector<std::string>& environment, int more_options);
  TracedChild(const TracedChild&) = delete;
  TracedChild& operator=(const TracedChild&) = delete;

  [[nodiscard]] pid_t id() const noexcept { return id_; }
  /// To be called when it has ended: whether it was killed because its time was up.
  bool has_timed_out();
  /// What it printed on stderr.
  [[nodiscard]] std::string err() const;

 private:
  void start_watchdog();

  const std::filesystem::path err_;
  pid_t id_ = 0;
  std::mutex mutex_;
  std::condition_variable_any is_over_;
  bool has_barked_ = false;
  std::jthread watchdog_;
};

}  // namespace dblog::test
