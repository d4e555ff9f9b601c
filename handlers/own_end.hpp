// The end of a process that neither crashed nor was killed: a note in its row, and no black box.
// Context: handler only, and crash time: exit functions, _exit(), the handlers of SIGTERM and the
// like.
#pragma once

#include "handlers/crash_gate.hpp"
#include "src/schema/process_end.hpp"

namespace dblog::crash {

/// `owner`: the process whose connection it is; another, a child of clone(), has nothing to note.
/// Does not wait for other writers. Where another connection writes just now the black box stays,
/// with that note: the next run imports it.
void leave_with_note(CrashGate& gate, int owner, schema::ProcessEnd how) noexcept;

}  // namespace dblog::crash
