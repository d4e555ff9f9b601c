// fork and exec with two pipes: the servers end when their standard input does, so that one whose
// test was killed ends too.
#include "tests/support/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include "tests/support/run_child.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dblog::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{30};

std::string first_line(int descriptor) {
  std::string line;
  const auto end = Clock::now() + kPatience;
  while (line.find('\n') == std::string::npos) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd waiting{descriptor, POLLIN, 0};
    if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0) break;
    std::array<char, 256> buffer{};
    const ssize_t size = ::read(descriptor, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    line.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return line;
}

}  // namespace

ServerProcess::ServerProcess(std::vector<std::string> arguments) {
  const std::string script = std::string(DBLOG_TEST_SERVERS) + "/" + arguments.at(0);
  const std::string python = DBLOG_SERVER_PYTHON;
  std::vector<char*> pointers{const_cast<char*>(python.c_str()), const_cast<char*>("-B"),
                              const_cast<char*>(script.c_str())};
  for (std::size_t i = 1; i < arguments.size(); ++i) pointers.push_back(arguments[i].data());
  pointers.push_back(nullptr);

  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2 failed");
  }
  process_id_ = ::fork();
  if (process_id_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execv(python.c_str(), pointers.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  stdin_ = in[1];
  const std::string line = process_id_ > 0 ? first_line(out[0]) : "";
  ::close(out[0]);
  if (line.starts_with("PORT ")) port_ = static_cast<std::uint16_t>(std::stoi(line.substr(5)));
  if (port_ == 0) {
    stop();
    throw std::runtime_error(script + " does not listen; it said: " + line);
  }
}

ServerProcess::~ServerProcess() { stop(); }

void ServerProcess::stop() noexcept {
  if (stdin_ >= 0) ::close(stdin_);
  stdin_ = -1;
  if (process_id_ <= 0) return;
  ::kill(process_id_, SIGKILL);
  while (::waitpid(process_id_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_id_ = -1;
}

const std::filesystem::path& certificates() {
  static const TemporaryDirectory directory;
  static const bool is_made = [] {
    const auto child = run_child(
        {.arguments = {std::string(DBLOG_TEST_SERVERS) + "/make_certificates", directory.path()}});
    if (child.exit_code() != 0) throw std::runtime_error("make_certificates: " + child.err);
    return true;
  }();
  (void)is_made;
  return directory.path();
}

}  // namespace dblog::test
