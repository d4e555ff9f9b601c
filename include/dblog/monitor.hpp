// Hardware snapshots of a process as rows of the table hw_logs.
//
//   dblog::Monitor monitor;
//   monitor.monitor("after start-up");
//
// Threads: every function may be called from any thread. Not from signal handlers.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "dblog/event.hpp"
#include "dblog/event_logger.hpp"
#include "dblog/export.hpp"

namespace dblog {
inline namespace abi_1 {

/// Takes hardware snapshots. Threads: every function may be called from any thread; construct,
/// assign and destroy a monitor while no other thread uses it. Not from signal handlers.
class DBLOG_EXPORT Monitor {
 public:
  /// Writes config/config.json beside the database: the machine's CPU and memory facts
  /// (docs/schema.md). If that place is not writable, or another program has a file of that name
  /// there, warns once on stderr and goes on.
  /// `database`: as for EventLogger.
  explicit Monitor(std::filesystem::path database = {}) noexcept;
  ~Monitor();
  /// Takes over the database. A monitor that was moved from fails.
  Monitor(Monitor&&) noexcept;
  /// Takes over the database. A monitor that was moved from fails.
  Monitor& operator=(Monitor&&) noexcept;
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  /// Commits one snapshot of `process_id` to hw_logs, and what else helps to judge it to
  /// hw_details. cpu_usage is the share of one CPU in percent since this object's previous look at
  /// the process, 0.0 at the first. Fails for a process that does not exist or may not be read.
  /// Cost: about ten small reads from /proc. Never throws.
  PushResult monitor(std::string_view message, int process_id = current_process_id(),
                     Timestamp date = now()) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace abi_1
}  // namespace dblog
