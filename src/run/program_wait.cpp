#include "src/run/program_wait.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/descriptor.hpp"
#include "src/process/signal_block.hpp"

namespace dblog::run {
namespace {

bool is_stop(int signal) noexcept {
  return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

void use_default_action(int signal) noexcept {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
}

// A shell with job control waits for this process.
bool is_in_foreground() noexcept {
  const base::Descriptor terminal{::open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  return terminal.is_open() && ::tcgetpgrp(terminal.number()) == ::getpgrp();
}

// Delivered to this process now, by its default action.
void take(int signal) noexcept {
  use_default_action(signal);
  const sigset_t only = process::signal_set(signal);
  ::kill(::getpid(), signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  ::sigprocmask(SIG_BLOCK, &only, nullptr);
}

// As waitpid() puts it (wait(2)).
int status_of(const siginfo_t& ended) noexcept {
  if (ended.si_code == CLD_EXITED) return W_EXITCODE(ended.si_status, 0);
  return W_EXITCODE(0, ended.si_status) | (ended.si_code == CLD_DUMPED ? WCOREFLAG : 0);
}

}  // namespace

// A SIGCHLD that is ignored would have the kernel forget the status.
ProgramWait::ProgramWait() noexcept {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  use_default_action(SIGCHLD);
}

int ProgramWait::wait(pid_t program) noexcept {
  program_ = program;
  sigset_t all;
  sigfillset(&all);
  for (int status = 0;;) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&all, &info);
    if (signal == SIGCHLD) {
      if (has_ended(status)) return status;
    } else if (signal > 0) {
      pass_on(info);
    }
  }
}

bool ProgramWait::has_ended(int& status) noexcept {
  constexpr int kLook = WEXITED | WSTOPPED | WNOHANG | WNOWAIT;
  for (siginfo_t child{}; ::waitid(P_ALL, 0, &child, kLook) == 0 && child.si_pid != 0; child = {}) {
    const bool is_stop = child.si_code == CLD_STOPPED || child.si_code == CLD_TRAPPED;
    if (child.si_pid == program_ && !is_stop) {
      status = status_of(child);
      return true;
    }
    ::waitpid(child.si_pid, &status, WNOHANG | WUNTRACED);
    if (child.si_pid == program_) stop_as(child.si_status);
  }
  return false;
}

// What the terminal sends goes to the whole process group, the program among it; and so does what
// the program sends to its group.
void ProgramWait::pass_on(const siginfo_t& info) noexcept {
  if (is_stop(info.si_signo)) was_asked_to_stop_ = true;
  if (info.si_code > 0 || info.si_pid == program_) return;
  if (info.si_code == SI_QUEUE) {
    siginfo_t same = info;
    ::syscall(SYS_rt_sigqueueinfo, program_, info.si_signo, &same);
  } else {
    ::kill(program_, info.si_signo);
  }
}

// Not if another process has stopped the program alone: it will continue it alone, and nothing
// would continue this process.
void ProgramWait::stop_as(int signal) noexcept {
  const bool is_by_terminal = signal == SIGTTIN || signal == SIGTTOU;
  if (!is_by_terminal && !was_asked_to_stop_ && !is_in_foreground()) return;
  was_asked_to_stop_ = false;
  take(signal);
  ::kill(program_, SIGCONT);
}

void end_as(int wait_status) noexcept {
  if (WIFSIGNALED(wait_status)) {
    const rlimit none{};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);  // a handler of cores, core(5), does not look at the limit
    take(WTERMSIG(wait_status));
    constexpr int kShellOffset = 128;
    ::_exit(kShellOffset + WTERMSIG(wait_status));  // the first process of a container stays
  }
  ::_exit(WEXITSTATUS(wait_status));
}

}  // namespace dblog::run
