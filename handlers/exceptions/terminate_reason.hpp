// Why the C++ runtime called std::terminate, read from who called it.
// Context: crash time, but for find_runtime_functions() (setup).
#pragma once

#include "handlers/unwind/stack_capture.hpp"

namespace dblog::crash {

/// Looks up where the runtime's own functions begin. Context: setup; takes the loader's lock.
void find_runtime_functions() noexcept;

/// Watches a stack walk: leaves the runtime's frames out, so that depth 0 is the program's
/// function that threw, made the pure virtual call, or called std::terminate.
class TerminateReason {
 public:
  [[nodiscard]] StackObserver observer() noexcept;

  /// What called std::terminate when no exception did; null if the program itself.
  [[nodiscard]] const char* text() const noexcept { return text_; }

 private:
  bool leaves_out(std::uint64_t function_start) noexcept;

  bool is_settled_ = false;
  bool may_be_watched_ = false;
  const char* text_ = nullptr;
};

}  // namespace dblog::crash
