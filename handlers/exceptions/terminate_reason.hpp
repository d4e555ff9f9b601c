// Why the C++ runtime called std::terminate, read from who called it.
// Context: crash time, except find_runtime_functions() (setup).
#pragma once

#include <cstdint>

#include "handlers/unwind/stack_capture.hpp"
#include "src/schema/crash_facts.hpp"

namespace dblog::crash {

/// Looks up where the runtime's own functions begin. Context: setup; takes the loader's lock.
void find_runtime_functions() noexcept;

/// Watches a stack walk: leaves the runtime's frames out, so that depth 0 is the program's
/// function that threw, made the pure virtual call, or called std::terminate.
class TerminateReason {
 public:
  [[nodiscard]] StackObserver observer() noexcept;

  /// What called std::terminate when no exception did, and the same in words.
  [[nodiscard]] schema::Cause cause() const noexcept { return cause_; }
  [[nodiscard]] const char* text() const noexcept;

  /// Where an exception's way out ended, if one did call it. Code that unwinds before it calls
  /// std::terminate (Clang's, for noexcept) leaves that unknown.
  [[nodiscard]] schema::Phase phase(bool is_main_thread) const noexcept;

  enum class Role : std::uint8_t;  ///< Of one of the runtime's functions.

 private:
  bool leaves_out(std::uint64_t function_start) noexcept;
  void note(Role role) noexcept;

  bool is_settled_ = false;
  bool may_be_watched_ = false;
  bool has_met_noexcept_ = false;
  bool is_uncaught_ = false;
  schema::Cause cause_ = schema::Cause::no_exception;
};

}  // namespace dblog::crash
