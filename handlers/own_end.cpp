// Context: handler only.
#include "handlers/own_end.hpp"

#include <unistd.h>

#include <cstdint>

#include "handlers/crash_recorder.hpp"
#include "handlers/record/black_box.hpp"
#include "handlers/signals/handler_mask.hpp"
#include "handlers/sqlite/crash_connection.hpp"
#include "src/process/signal_block.hpp"

namespace dblog::crash {
namespace {

// False if the box is to tell it. The connection is the gate's owner's.
bool note_end(CrashGate& gate, schema::ProcessEnd how) noexcept {
  if (!has_crash_connection()) return true;
  const process::ScopedSignalBlock blocked{handler_mask()};
  const auto stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (gate.enter(::gettid(), stack) != CrashGate::Entry::won) return true;
  bool is_told = true;
  gate.run([&] { is_told = record_own_end(how); });
  gate.reopen();
  return is_told;
}

}  // namespace

void leave_with_note(CrashGate& gate, int owner, schema::ProcessEnd how) noexcept {
  if (owner != ::getpid() || note_end(gate, how)) return remove_black_box_at_own_end();
  mark_black_box_alive();
  mark_black_box_ended(true, how);
}

}  // namespace dblog::crash
