// The texts for people that a crash leaves: stack trace and subject of a notification.
// Context: crash time.
#pragma once

#include "handlers/record/crash_record.hpp"
#include "handlers/record/process_facts.hpp"
#include "src/base/text_buffer.hpp"

namespace dblog::crash {

/// `crashes.kind`.
std::string_view kind_text(CrashKind kind) noexcept;

/// "/usr/bin/app+0x1234", or the address alone where no file is known.
void put_location(base::TextBuffer& text, const CrashRecord& record, const Frame& frame) noexcept;

/// `crashes.stack_trace`: "#0 0x55d0c0de1234 /usr/bin/app+0x1234", one frame a line.
void put_stack_trace(base::TextBuffer& text, const CrashRecord& record) noexcept;

/// One line: "SIGSEGV in app on host".
void put_subject(base::TextBuffer& text, const CrashRecord& record,
                 const ProcessFacts& facts) noexcept;

}  // namespace dblog::crash
