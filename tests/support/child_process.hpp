// Test bodies in a process of their own: how it ended, and what it had to say.
#pragma once

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>

namespace dblog::test {

/// Runs `body` in a forked child, which ends with what it returns; -1 stands for a signal.
/// Nothing of Catch2 may be used in the body.
template <typename Body>
class ChildProcess {
 public:
  static constexpr unsigned kLongestSeconds = 60;

  explicit ChildProcess(const Body& body) : id_(::fork()) {
    if (id_ < 0) throw std::runtime_error("fork failed");
    if (id_ > 0) return;
    ::alarm(kLongestSeconds);  // a child that hangs is a test that fails
    ::_exit(body());
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

/// What `body` returns as a std::string, run in a child.
template <typename Body>
std::string text_of_child(const Body& body) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
  const auto writer = [&] {
    const std::string text = body();
    return ::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
  };
  ChildProcess<decltype(writer)> child(writer);
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  if (const int status = child.wait(); status != 0) {
    text += "<the child ended with " + std::to_string(status) + ">";
  }
  return text;
}

/// Root may write anywhere, which a test of permissions cannot use. For children only.
inline void become_unprivileged() {
  constexpr unsigned kNobody = 65'534;
  if (::geteuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(99);
}

}  // namespace dblog::test
