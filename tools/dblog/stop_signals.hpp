// SIGTERM, SIGINT and SIGHUP: how each verb ends within five seconds of them.
//
// Most verbs leave them alone and end at once, as any program does: what they write, they write in
// transactions. A flush begins to listen instead, so that it can end the message that it has
// claimed; four seconds after the first signal what SQLite still does is interrupted, and after
// five an alarm ends the process.
#pragma once

#include <atomic>
#include <chrono>

namespace dblog::tool {

class StopSignals {
 public:
  StopSignals() = default;
  /// The signals and the alarm are again as by default.
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The program that started this one may have blocked the signals, or ignored SIGTERM. Called
  /// once, before anything that may take time.
  static void accept();

  /// From here on a signal is remembered. For one object at a time.
  void listen();

  /// Whether one has come since listen().
  [[nodiscard]] bool have_come() const noexcept { return has_come_.load(); }
  /// The same, for others to look at.
  [[nodiscard]] static const std::atomic<bool>& flag() noexcept { return has_come_; }

  /// Waits for a signal, for `limit` at most, or until `descriptor` is readable. True if a signal
  /// has come.
  bool wait(std::chrono::milliseconds limit, int descriptor = -1) const;

  /// Readable once one has come; -1 if the system has none to give.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_.load(); }

 private:
  static void remember(int signal) noexcept;
  static void interrupt(int signal) noexcept;

  static inline std::atomic<bool> has_come_{false};
  static inline std::atomic<int> descriptor_{-1};
  bool is_listening_ = false;
};

}  // namespace dblog::tool
