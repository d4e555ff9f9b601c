// Context: handler only.
#include "handlers/signals/chain_to_previous.hpp"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "handlers/signals/signal_action.hpp"
#include "src/base/memory_probe.hpp"

namespace dblog::crash {

void send_again(int signal, siginfo_t* info) noexcept {
  sigset_t only_this;
  sigemptyset(&only_this);
  sigaddset(&only_this, signal);
  ::pthread_sigmask(SIG_BLOCK, &only_this, nullptr);
  // A process may send itself any siginfo (rt_sigqueueinfo(2)); valgrind takes a fault's for one of
  // its own, and ends.
  if (base::is_under_valgrind() ||
      ::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::gettid(), signal, info) != 0) {
    ::syscall(SYS_tgkill, ::getpid(), ::gettid(), signal);
  }
}

// The signal is blocked, sent again, and delivered when the handler's return puts the program's
// mask back: at the interrupted instruction. No other thread lives on to miss the handler.
void die_of(int signal, siginfo_t* info) noexcept {
  set_default_for_the_end(signal);
  send_again(signal, info);
}

// The handler's mask is added to the program's, and it sees the original siginfo and context: what
// it changes there (where to go on, the mask) takes effect when our handler returns.
void call_previous(int signal, siginfo_t* info, void* interrupted,
                   const struct sigaction& previous) {
  sigset_t mask = previous.sa_mask;
  const sigset_t& program_mask = static_cast<const ucontext_t*>(interrupted)->uc_sigmask;
  for (int other = 1; other < SIGRTMAX; ++other) {
    if (sigismember(&program_mask, other) == 1) sigaddset(&mask, other);
  }
  if ((previous.sa_flags & SA_NODEFER) == 0) sigaddset(&mask, signal);
  sigset_t ours;
  ::pthread_sigmask(SIG_SETMASK, &mask, &ours);
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, interrupted);
  } else {
    previous.sa_handler(signal);
  }
  ::pthread_sigmask(SIG_SETMASK, &ours, nullptr);
}

bool chain_to_previous(int signal, siginfo_t* info, void* interrupted,
                       const struct sigaction& previous) {
  if (is_function(previous)) {
    call_previous(signal, info, interrupted, previous);
    return true;
  }
  // A signal that the program ignores does not kill it, unless the kernel forces it for a fault;
  // the first process of a container is not killed by signals that are sent.
  const bool is_fault = info->si_code > 0;
  if (!is_fault && (previous.sa_handler == SIG_IGN || ::getpid() == 1)) return true;
  die_of(signal, info);
  return false;
}

}  // namespace dblog::crash
