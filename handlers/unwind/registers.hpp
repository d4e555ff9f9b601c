// The processor's registers at a crash, and their names.
// Context: crash time. Pure.
#pragma once

#include <ucontext.h>

#include <cstdint>

#include "handlers/record/crash_record.hpp"

namespace dblog::crash {

/// Fills `record.registers`.
void capture_registers(CrashRecord& record, const ucontext_t& interrupted) noexcept;

/// Calls `see` with the value of each general register and of the program counter.
template <typename See>
void for_each_register(const ucontext_t& context, const See& see) noexcept {
#if defined(__x86_64__)
  for (int i = 0; i <= REG_RIP; ++i) {
    see(static_cast<std::uint64_t>(context.uc_mcontext.gregs[i]));
  }
#elif defined(__aarch64__)
  for (const std::uint64_t value : context.uc_mcontext.regs) see(value);
  see(context.uc_mcontext.sp);
  see(context.uc_mcontext.pc);
#endif
}

/// As debuggers call it: "rip"; null beyond the last. Of the processor that this was built for.
const char* register_name(std::uint32_t index) noexcept;

}  // namespace dblog::crash
