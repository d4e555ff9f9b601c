// A walk of the stack in a program that goes on living. The unwind tables of hand-written and of
// generated code are wrong at times, and a walk to the other end of the stack meets more of them
// than the runtime does on its way to a handler. If the unwinder faults, our handler of SIGSEGV and
// SIGBUS finds a mark on the stack, and the thread goes on behind the walk.
// Faults whose signal is blocked, or that another library's handler meets first, are as without it.
// Context: crash time.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <cstdint>

namespace dblog::crash {

/// On the stack of a walk that is under way; at the first words the handler knows it.
struct alignas(2 * sizeof(std::uint64_t)) WalkMark {
  volatile std::uint64_t magic = 0;
  const WalkMark* volatile self = nullptr;
  sigjmp_buf way_out;

  void set() noexcept;
  void clear() noexcept { self = nullptr; }
};

/// Calls walk(), which calls the unwinder. What it has stored before a fault stays.
template <typename Walk>
void walk_guarded(Walk walk) noexcept {
#ifdef DBLOG_SANITIZED  // the sanitizers' own handlers meet the fault
  walk();
#else
  WalkMark mark;
  if (sigsetjmp(mark.way_out, 0) == 0) {  // the mask is put back by the handler's return
    mark.set();
    walk();
  }
  mark.clear();
#endif
}

/// `code`: the unwinder's, which is what a visitor of frames returns to. Context: setup.
void remember_unwinder(const void* code) noexcept;

/// For a fault: whether it struck the unwinder in such a walk. Then the thread goes on behind the
/// walk when the handler returns.
bool leave_faulted_walk(ucontext_t& interrupted) noexcept;

}  // namespace dblog::crash
