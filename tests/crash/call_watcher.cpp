#include "tests/crash/call_watcher.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <map>

#include "tests/crash/traced_child.hpp"

namespace dblog::test {
namespace {

constexpr int kFollow =
    PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;

class Watcher {
 public:
  Watcher(pid_t process, WatchedCalls& calls) : process_(process), calls_(calls) {
    is_watched_[process] = false;
  }

  void follow() {
    resume(process_, 0);
    for (;;) {
      int status = 0;
      // Tests may run several of these, a thread each.
      const pid_t task = ::waitpid(-1, &status, __WALL | __WNOTHREAD);
      if (task < 0 && errno != EINTR) return;
      if (task < 0) continue;
      if (WIFSTOPPED(status)) {
        at_stop(task, status);
      } else if (task == process_) {
        calls_.wait_status = status;
        return;
      }
    }
  }

 private:
  void at_stop(pid_t task, int status) {
    const bool is_new = is_watched_.try_emplace(task, owner_ != 0).second;
    const int event = status >> 16;
    const int signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_EXEC && task != process_) {
      ::ptrace(PTRACE_DETACH, task, nullptr, nullptr);
    } else if (is_new || event != 0) {
      resume(task, 0);
    } else if (signal == (SIGTRAP | 0x80)) {
      at_system_call(task);
      resume(task, 0);
    } else if (signal == SIGTRAP) {
      owner_ = owner_ == 0 ? task : 0;
      is_watched_[task] = owner_ != 0;
      resume(task, 0);
    } else {
      is_watched_[task] = owner_ != 0;  // its handler comes next
      resume(task, signal);
    }
  }

  void at_system_call(pid_t task) {
    __ptrace_syscall_info info{};
    ::ptrace(PTRACE_GET_SYSCALL_INFO, task, sizeof info, &info);
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY || owner_ == 0) return;
    const auto call = static_cast<long>(info.entry.nr);
    (task == owner_ ? calls_.own : calls_.others).push_back(call);
    if (task != owner_ && call == SYS_rt_sigreturn) is_watched_[task] = false;
  }

  void resume(pid_t task, int signal) {
    ::ptrace(is_watched_[task] ? PTRACE_SYSCALL : PTRACE_CONT, task, nullptr, signal);
  }

  const pid_t process_;
  WatchedCalls& calls_;
  pid_t owner_ = 0;  // the thread that stopped at the breakpoint
  std::map<pid_t, bool> is_watched_;
};

}  // namespace

WatchedCalls watch_calls(const std::vector<std::string>& command,
                         const std::filesystem::path& directory,
                         const std::vector<std::string>& environment) {
  WatchedCalls calls;
  TracedChild child{command, directory, environment, kFollow};
  Watcher{child.id(), calls}.follow();
  calls.timed_out = child.has_timed_out();
  calls.err = child.err();
  return calls;
}

}  // namespace dblog::test
