// posix_spawn, two pipes, and a pidfd to wait on with them.
#include "tests/support/run_child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <system_error>
#include <utility>

namespace dblog::test {
namespace {

using Clock = std::chrono::steady_clock;

void require(bool ok, const char* what) {
  if (!ok) throw std::system_error(errno, std::generic_category(), what);
}

void require_spawn(int failure, const char* what) {
  errno = failure;
  require(failure == 0, what);
}

class Descriptor {
 public:
  explicit Descriptor(int number = -1) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() noexcept {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  [[nodiscard]] int get() const noexcept { return number_; }

 private:
  int number_;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    require(::pipe2(ends.data(), O_CLOEXEC) == 0, "pipe2");
    read = Descriptor{ends[0]};
    write = Descriptor{ends[1]};
    require(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0, "fcntl");
  }
  Descriptor read;
  Descriptor write;
};

std::vector<std::string> merged_environment(const std::vector<std::string>& changes) {
  const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const bool is_replaced =
        std::any_of(changes.begin(), changes.end(),
                    [&](const std::string& change) { return name_of(change) == name_of(*entry); });
    if (!is_replaced) merged.emplace_back(*entry);
  }
  std::copy_if(changes.begin(), changes.end(), std::back_inserter(merged),
               [](const std::string& change) { return change.find('=') != std::string::npos; });
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (std::string& string : strings) list.push_back(string.data());
  list.push_back(nullptr);
  return list;
}

class SpawnAttributes {
 public:
  SpawnAttributes() {
    require_spawn(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t all;
    sigset_t none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

class SpawnActions {
 public:
  SpawnActions(const ChildOptions& options, const Pipe& out, const Pipe& err) {
    require_spawn(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, err.write.get(), STDERR_FILENO);
    switch (options.standard_output) {
      case ChildStdout::captured:
      case ChildStdout::broken_pipe:
        ::posix_spawn_file_actions_adddup2(&actions_, out.write.get(), STDOUT_FILENO);
        break;
      case ChildStdout::full:
        ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/full", O_WRONLY, 0);
        break;
      case ChildStdout::closed:
        ::posix_spawn_file_actions_addclose(&actions_, STDOUT_FILENO);
        break;
    }
    if (!options.directory.empty()) {
      require_spawn(::posix_spawn_file_actions_addchdir_np(&actions_, options.directory.c_str()),
                    "posix_spawn_file_actions_addchdir_np");
    }
  }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

pid_t spawn(const ChildOptions& options, const Pipe& out, const Pipe& err) {
  const SpawnAttributes attributes;
  const SpawnActions actions{options, out, err};
  std::vector<std::string> arguments = options.arguments;
  std::vector<std::string> environment = merged_environment(options.environment);
  pid_t process_id = 0;
  require_spawn(
      ::posix_spawnp(&process_id, arguments.at(0).c_str(), actions.get(), attributes.get(),
                     pointers(arguments).data(), pointers(environment).data()),
      arguments[0].c_str());
  return process_id;
}

/// Takes what is there now; closes at the end of the file.
void drain(Descriptor& from, std::string& into) {
  std::array<char, 65'536> buffer;
  while (from.get() >= 0) {
    const ssize_t size = ::read(from.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return;
    if (size == 0) from.close();
    if (size > 0) into.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

int milliseconds_until(Clock::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::max<decltype(left)>(left, 0));
}

}  // namespace

int ChildResult::exit_code() const noexcept {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
}

int ChildResult::signal() const noexcept {
  return WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
}

ChildResult run_child(const ChildOptions& options) {
  Pipe out;
  Pipe err;
  if (options.standard_output == ChildStdout::broken_pipe) out.read.close();
  ChildResult result;
  result.process_id = spawn(options, out, err);
  out.write.close();
  err.write.close();
  const Descriptor ended{
      static_cast<int>(::syscall(SYS_pidfd_open, result.process_id, 0))};  // Linux 5.3
  require(ended.get() >= 0, "pidfd_open");

  const Clock::time_point end = Clock::now() + options.deadline;
  bool has_ended = false;
  while (!has_ended) {
    std::array<pollfd, 3> waiting{
        {{ended.get(), POLLIN, 0}, {out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
    const int ready = ::poll(waiting.data(), waiting.size(), milliseconds_until(end));
    if (ready == 0 && !result.timed_out) {
      result.timed_out = true;
      ::kill(-result.process_id, SIGKILL);
    }
    has_ended = waiting[0].revents != 0;
    drain(out.read, result.out);
    drain(err.read, result.err);
  }
  require(::waitpid(result.process_id, &result.wait_status, 0) == result.process_id, "waitpid");
  return result;
}

}  // namespace dblog::test
