// SIGINT and SIGTERM as something to look at instead of a sudden end. Used by dblog flush.
// Must be made before any thread: threads inherit that the signals are blocked.
#pragma once

namespace dblog::tool {

class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Whether one has come since this was made.
  [[nodiscard]] bool have_come() const;

  /// Readable once one has come; -1 if the system has none to give.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace dblog::tool
