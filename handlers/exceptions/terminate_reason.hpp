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

  /// Where an exception's way out ended, if one did call it. Clang's code, which calls
  /// std::terminate by itself for noexcept, leaves that unknown on processors other than x86-64.
  [[nodiscard]] schema::Phase phase(bool is_main_thread) const noexcept;

  /// Notes which of the record's frames, as the walk stored them, is the function that is noexcept;
  /// nothing if that was not seen.
  void note_noexcept_frame(CrashRecord& record) const noexcept;

  enum class Role : std::uint8_t;  ///< Of one of the runtime's functions.

 private:
  bool leaves_out(const ObservedFrame& frame) noexcept;
  bool is_of_runtime(const ObservedFrame& frame) noexcept;
  void look_for_noexcept(const ObservedFrame& frame) noexcept;
  void note(Role role) noexcept;

  enum class Next : std::uint8_t { unknown, is_noexcept, catches };

  bool is_settled_ = false;
  bool may_be_watched_ = false;
  bool has_met_noexcept_ = false;
  bool is_uncaught_ = false;
  bool has_terminated_ = false;  ///< the last frame was std::terminate
  Next next_ = Next::unknown;    ///< what tells the noexcept function among the next frames
  bool has_noexcept_frame_ = false;
  std::uint32_t depth_ = 0;  ///< of the next frame that is stored
  std::uint32_t noexcept_depth_ = 0;
  schema::Cause cause_ = schema::Cause::no_exception;
};

}  // namespace dblog::crash
