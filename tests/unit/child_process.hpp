// A forked child that runs one function; killed and reaped when the test case ends.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

class ChildProcess {
 public:
  /// `run` returns the child's exit code; no destructor of the test runs in the child.
  template <typename Run>
  explicit ChildProcess(Run run) : id_(::fork()) {
    if (id_ < 0) throw std::runtime_error("fork failed");
    if (id_ == 0) ::_exit(run());
  }
  ~ChildProcess() {
    if (id_ < 0) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }

  /// Waits until the child has ended, and leaves it a zombie.
  void wait_for_end() const {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOWAIT);
  }

  /// Reaps the child: its exit code, or minus the signal that killed it.
  int reap() {
    int status = 0;
    ::waitpid(id_, &status, 0);
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t id_;
};
