// Context: crash time.
#include "handlers/signals/handler_mask.hpp"

#include "handlers/signals/thread_stacks.hpp"
#include "src/process/signal_block.hpp"

namespace dblog::crash {

sigset_t handler_mask() noexcept {
  sigset_t blocked = process::all_but_faults();
  sigdelset(&blocked, timer_signal());
  if (thread_signal() != 0) sigdelset(&blocked, thread_signal());
  return blocked;
}

}  // namespace dblog::crash
