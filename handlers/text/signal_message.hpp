// Signals in words.
// Context: crash time.
#pragma once

#include <csignal>

#include "handlers/record/crash_record.hpp"

namespace dblog::crash {

/// Fills what the record has of a signal, and message, from what the kernel says, for instance
/// "SIGSEGV: write to address 0x10, where nothing is mapped (SEGV_MAPERR)".
/// `interrupted` is the handler's third argument. `is_abort`: it comes from abort().
void describe_signal(CrashRecord& record, const siginfo_t& info, const void* interrupted,
                     bool is_abort) noexcept;

}  // namespace dblog::crash
