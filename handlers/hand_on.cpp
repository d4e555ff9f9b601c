// Context: handler only.
#include "handlers/hand_on.hpp"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

namespace dblog::crash {
namespace {

bool is_same(const struct sigaction& left, const struct sigaction& right) noexcept {
  const bool has_info = (left.sa_flags & SA_SIGINFO) != 0;
  if (has_info != ((right.sa_flags & SA_SIGINFO) != 0)) return false;
  return has_info ? left.sa_sigaction == right.sa_sigaction : left.sa_handler == right.sa_handler;
}

}  // namespace

bool is_function(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

// The signal is blocked, sent again with all that the kernel said of it, and delivered when the
// handler's return puts the program's mask back: at the interrupted instruction.
void die_of(int signal, siginfo_t* info) noexcept {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  ::sigaction(signal, &by_default, nullptr);
  sigset_t only_this;
  sigemptyset(&only_this);
  sigaddset(&only_this, signal);
  ::pthread_sigmask(SIG_BLOCK, &only_this, nullptr);
  // A process may send itself any siginfo (rt_sigqueueinfo(2)).
  if (::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::gettid(), signal, info) != 0) {
    ::kill(::getpid(), signal);
  }
}

// As the kernel does it: one-shot handlers are reset first, the handler's mask is added to the
// program's, and the handler sees the original siginfo and context.
// Ours is put back behind a handler that returns and left its own in force: the program goes on.
bool call_previous(int signal, siginfo_t* info, void* interrupted,
                   const struct sigaction& previous) {
  struct sigaction ours {};
  struct sigaction in_force = previous;
  if ((static_cast<unsigned>(previous.sa_flags) & SA_RESETHAND) != 0) {
    in_force = {};
    in_force.sa_handler = SIG_DFL;
  }
  ::sigaction(signal, &in_force, &ours);
  sigset_t mask = previous.sa_mask;
  const sigset_t& program_mask = static_cast<const ucontext_t*>(interrupted)->uc_sigmask;
  for (int other = 1; other < SIGRTMAX; ++other) {
    if (sigismember(&program_mask, other) == 1) sigaddset(&mask, other);
  }
  if ((previous.sa_flags & SA_NODEFER) == 0) sigaddset(&mask, signal);
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, interrupted);
  } else {
    previous.sa_handler(signal);
  }
  struct sigaction present {};
  if ((static_cast<unsigned>(previous.sa_flags) & SA_RESETHAND) != 0 ||
      ::sigaction(signal, nullptr, &present) != 0 || !is_same(present, in_force)) {
    return false;
  }
  ::sigaction(signal, &ours, nullptr);
  return true;
}

bool hand_on(int signal, siginfo_t* info, void* interrupted, const struct sigaction& previous) {
  if (is_function(previous)) {
    call_previous(signal, info, interrupted, previous);
    return true;
  }
  // A signal that the program ignores does not kill it, unless the kernel forces it for a fault.
  const bool is_fault = info->si_code > 0;
  if (previous.sa_handler == SIG_IGN && !is_fault) {
    ::sigaction(signal, &previous, nullptr);
    return true;
  }
  die_of(signal, info);
  // The first process of a container is not killed by signals that are sent.
  return !is_fault && ::getpid() == 1;
}

}  // namespace dblog::crash
