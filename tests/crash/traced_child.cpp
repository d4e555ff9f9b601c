#include "tests/crash/traced_child.hpp"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stop_token>
#include <system_error>

#include "tests/support/file_bytes.hpp"

namespace dblog::test {
namespace {

constexpr std::chrono::seconds kLimit{20};

void require(bool ok, const char* what) {
  if (!ok) throw std::system_error(errno, std::generic_category(), what);
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void become(char* const* command, const char* directory, char* const* environment,
                         const char* err) {
  const int error_file = ::open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int nothing = ::open("/dev/null", O_RDWR);
  if (::chdir(directory) != 0 || ::dup2(nothing, 0) < 0 || ::dup2(nothing, 1) < 0 ||
      ::dup2(error_file, 2) < 0 || ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
    ::_exit(120);
  }
  ::close(error_file);
  ::close(nothing);
  ::unsetenv("DBLOG_DB");
  for (; *environment != nullptr; ++environment) ::putenv(*environment);
  ::execv(command[0], command);
  ::_exit(121);
}

}  // namespace

bool may_trace() {
  const pid_t process = ::fork();
  if (process == 0) ::_exit(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : 1);
  int status = 1;
  ::waitpid(process, &status, 0);
  return status == 0;
}

TracedChild::TracedChild(const std::vector<std::string>& command,
                         const std::filesystem::path& directory,
                         const std::vector<std::string>& environment, int more_options)
    : err_(directory / ("stderr-" + std::to_string(::gettid()) + ".test")) {
  const std::vector<char*> arguments = pointers_to(command);
  const std::vector<char*> variables = pointers_to(environment);
  id_ = ::fork();
  require(id_ >= 0, "fork");
  if (id_ == 0) become(arguments.data(), directory.c_str(), variables.data(), err_.c_str());
  start_watchdog();
  int status = 0;
  while (::waitpid(id_, &status, __WALL) < 0 && errno == EINTR) {
  }
  require(WIFSTOPPED(status), "the program did not start");
  const int options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | more_options;
  require(::ptrace(PTRACE_SETOPTIONS, id_, nullptr, options) == 0, "PTRACE_SETOPTIONS");
}

void TracedChild::start_watchdog() {
  watchdog_ = std::jthread{[this](const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    has_barked_ = !is_over_.wait_for(lock, stop, kLimit, [&] { return stop.stop_requested(); });
    if (has_barked_) ::kill(id_, SIGKILL);
  }};
}

bool TracedChild::has_timed_out() {
  watchdog_.request_stop();
  watchdog_.join();
  return has_barked_;
}

std::string TracedChild::err() const {
  std::string text = bytes_of(err_);
  std::filesystem::remove(err_);
  return text;
}

}  // namespace dblog::test
