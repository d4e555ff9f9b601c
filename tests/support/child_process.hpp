// Test bodies in a process of their own, and how it ended.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace dblog::test {

/// Runs `body` in a forked child, which ends with what it returns; -1 stands for a signal.
/// Nothing of Catch2 may be used in the body.
template <typename Body>
class ChildProcess {
 public:
  explicit ChildProcess(const Body& body) : id_(::fork()) {
    if (id_ < 0) throw std::runtime_error("fork failed");
    if (id_ == 0) ::_exit(body());
  }
  ~ChildProcess() {
    if (id_ > 0) wait();
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int wait() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t id_;
};

template <typename Body>
int exit_status_of(const Body& body) {
  return ChildProcess<Body>(body).wait();
}

}  // namespace dblog::test
