// Context: handler only.
#include "handlers/signals/go_faults.hpp"

#include <unwind.h>

#include <atomic>
#include <cstdint>

#include "handlers/record/black_box.hpp"
#include "handlers/unwind/code_position.hpp"

namespace dblog::crash {
namespace {

std::atomic<bool> has_go{false};

// Compilers of C and C++ write unwind tables that are loaded with the program; Go's does not.
bool has_unwind_tables(std::uint64_t address) noexcept {
  // It looks up what is before a return address.
  return _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(address + 1)) != nullptr;
}

}  // namespace

void expect_go_runtime() noexcept { has_go.store(true, std::memory_order_relaxed); }

bool is_fatal_to_go(const siginfo_t& info, const ucontext_t& interrupted) noexcept {
  if (!has_go.load(std::memory_order_relaxed)) return false;
  const std::uint64_t program_counter = program_counter_of(interrupted);
  // A jump to what is no code: Go's own calls of null fault before they jump. SIGFPE and SIGILL
  // give the instruction's own address.
  const bool is_bad_jump = (info.si_signo == SIGSEGV || info.si_signo == SIGBUS) &&
                           reinterpret_cast<std::uintptr_t>(info.si_addr) == program_counter;
  return is_bad_jump || has_unwind_tables(program_counter);
}

bool is_end_by_go(const siginfo_t& info, const ucontext_t& interrupted) noexcept {
  return has_go.load(std::memory_order_relaxed) && info.si_signo == SIGABRT && info.si_code <= 0 &&
         !has_unwind_tables(program_counter_of(interrupted)) && has_crash_in_black_box();
}

}  // namespace dblog::crash
