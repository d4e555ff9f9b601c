#include "tests/crash/handler_tracer.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "tests/crash/traced_child.hpp"

namespace dblog::test {
namespace {

// What a process needs to die: a program that is refused these by everybody cannot.
bool is_needed_to_die(long call) {
  return call == SYS_rt_sigaction || call == SYS_rt_sigprocmask || call == SYS_rt_tgsigqueueinfo ||
         call == SYS_tgkill || call == SYS_kill || call == SYS_gettid || call == SYS_getpid;
}

// Linux has no way for these to fail.
bool cannot_fail(long call) { return call == SYS_getpid || call == SYS_gettid; }

class Tracer {
 public:
  Tracer(pid_t process, const Meddler& meddler, TracedDeath& death)
      : process_(process), meddler_(meddler), death_(death) {}

  void follow() {
    int status = 0;
    int signal = 0;
    for (;;) {
      ::ptrace(is_watching_ ? PTRACE_SYSCALL : PTRACE_CONT, process_, nullptr, signal);
      status = wait_for_stop();
      if (!WIFSTOPPED(status)) break;
      signal = WSTOPSIG(status);
      if (signal == (SIGTRAP | 0x80)) {
        signal = 0;
        at_system_call();
      } else if (signal == SIGTRAP) {
        signal = 0;
        at_breakpoint();
      }
    }
    death_.wait_status = status;
  }

 private:
  int wait_for_stop() const {
    int status = 0;
    while (::waitpid(process_, &status, __WALL) < 0 && errno == EINTR) {
    }
    return status;
  }

  void at_breakpoint() {
    is_watching_ = !is_watching_;
    const user_regs_struct registers = read_registers();
    abort_ = registers.rax;
    thrower_ = registers.rdx;
  }

  [[nodiscard]] user_regs_struct read_registers() const {
    user_regs_struct registers{};
    ::ptrace(PTRACE_GETREGS, process_, nullptr, &registers);
    return registers;
  }

  void at_system_call() {
    user_regs_struct registers = read_registers();
    is_inside_ = !is_inside_;
    if (!is_inside_) return after_call(registers);
    const auto call = static_cast<long>(registers.orig_rax);
    if (call == SYS_rt_sigreturn) return;
    const auto index = static_cast<int>(death_.calls.size());
    death_.calls.push_back(call);
    is_chosen_ = index == meddler_.at ||
                 (meddler_.goes_on && index > meddler_.at && !is_needed_to_die(call));
    if (!is_chosen_) return;
    if (meddler_.what == Meddling::kill) ::kill(process_, SIGKILL);
    if (meddler_.what == Meddling::fail && !cannot_fail(call)) {
      registers.orig_rax = static_cast<unsigned long long>(-1);
      ::ptrace(PTRACE_SETREGS, process_, nullptr, &registers);
    }
  }

  void after_call(user_regs_struct& registers) {
    if (!is_chosen_) return;
    is_chosen_ = false;
    switch (meddler_.what) {
      case Meddling::nothing:
      case Meddling::kill:
        return;
      case Meddling::fail:
        if (cannot_fail(death_.calls.back())) return;
        registers.rax = static_cast<unsigned long long>(-meddler_.error);
        break;
      case Meddling::fault:
        call_function(registers, 0);
        break;
      case Meddling::abort:
        call_function(registers, abort_);
        break;
      case Meddling::exception:
        call_function(registers, thrower_);
        break;
    }
    ::ptrace(PTRACE_SETREGS, process_, nullptr, &registers);
  }

  // As a call would, below the red zone and with no way back.
  void call_function(user_regs_struct& registers, unsigned long long function) const {
    registers.rsp = ((registers.rsp - 256) & ~0xFULL) - 8;
    ::ptrace(PTRACE_POKEDATA, process_, registers.rsp, nullptr);
    registers.rip = function;
    registers.orig_rax = static_cast<unsigned long long>(-1);  // no system call to restart
  }

  pid_t process_;
  const Meddler& meddler_;
  TracedDeath& death_;
  bool is_watching_ = false;
  bool is_inside_ = false;
  bool is_chosen_ = false;
  unsigned long long abort_ = 0;
  unsigned long long thrower_ = 0;
};

}  // namespace

std::string Meddler::name() const {
  const std::string where = " at call " + std::to_string(at);
  switch (what) {
    case Meddling::nothing:
      return "nothing";
    case Meddling::fail:
      return std::string{strerrorname_np(error)} + where + (goes_on ? " and all after it" : "");
    case Meddling::kill:
      return "SIGKILL" + where;
    case Meddling::fault:
      return "fault" + where;
    case Meddling::abort:
      return "abort()" + where;
    case Meddling::exception:
      return "exception" + where;
  }
  return {};
}

TracedDeath run_traced(const std::vector<std::string>& command,
                       const std::filesystem::path& directory, const Meddler& meddler) {
  TracedDeath death;
  TracedChild child{command, directory, {}, 0};
  death.process_id = child.id();
  Tracer{death.process_id, meddler, death}.follow();
  death.timed_out = child.has_timed_out();
  death.err = child.err();
  return death;
}

}  // namespace dblog::test
