// The processor's registers at a crash, and their names.
// Context: crash time. Pure.
#pragma once

#include <ucontext.h>

#include <cstdint>

#include "handlers/crash_record.hpp"

namespace dblog::crash {

/// Fills `record.registers`.
void capture_registers(CrashRecord& record, const ucontext_t& interrupted) noexcept;

/// As debuggers call it: "rip"; null beyond the last. Of the processor that this was built for.
const char* register_name(std::uint32_t index) noexcept;

}  // namespace dblog::crash
