#include "src/run/child_answer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "src/base/descriptor.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/process/signal_block.hpp"
#include "src/run/inherited_signals.hpp"

namespace dblog::run {
namespace {

constexpr std::size_t kLongestAnswer = 1'000'000;

// A limit of 1 byte keeps handlers of cores away, too, which do not look at other limits
// (do_coredump() in the kernel's fs/coredump.c).
void forbid_core() noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  limit.rlim_cur = limit.rlim_max == 0 ? 0 : 1;
  ::setrlimit(RLIMIT_CORE, &limit);
}

ChildAnswer not_made(int error) {
  ChildAnswer none;
  none.text = std::generic_category().message(error);
  return none;
}

// To the end of the pipe, which comes with the end of the child. False if it does not come.
bool read_until(std::int64_t deadline, int pipe, std::string& text) {
  std::array<char, 4'096> bytes;
  while (text.size() < kLongestAnswer) {
    const std::int64_t left = (deadline - base::monotonic_nanoseconds()) / 1'000'000;
    pollfd wait{pipe, POLLIN, 0};
    const int ready = left > 0 ? ::poll(&wait, 1, static_cast<int>(left)) : 0;
    if (ready == 0) return false;
    const ssize_t size = ready < 0 ? -1 : ::read(pipe, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return size == 0;
    text.append(bytes.data(), static_cast<std::size_t>(size));
  }
  return false;
}

}  // namespace

ChildAnswer ask_child(const std::function<void(int output)>& work,
                      std::chrono::milliseconds patience) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return not_made(errno);
  const base::Descriptor reading{ends[0]};
  base::Descriptor writing{ends[1]};
  const process::ScopedSignalBlock blocked{process::all_but_faults(), process::WriteSignals::stay};
  ChildAnswer child;
  child.process = ::fork();
  if (child.process < 0) return not_made(errno);
  if (child.process == 0) {
    InheritedSignals::give_back();
    forbid_core();
    work(writing.number());
    ::_exit(0);
  }
  writing.close();
  const std::int64_t deadline =
      base::monotonic_nanoseconds() + std::chrono::nanoseconds{patience}.count();
  child.was_killed = !read_until(deadline, reading.number(), child.text);
  if (child.was_killed) ::kill(child.process, SIGKILL);
  while (::waitpid(child.process, &child.wait_status, 0) < 0 && errno == EINTR) {
  }
  child.ended = base::monotonic_nanoseconds();
  return child;
}

void answer(int output, const std::string& text) noexcept {
  for (std::size_t begin = 0; begin < text.size();) {
    const ssize_t size = ::write(output, text.data() + begin, text.size() - begin);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    begin += static_cast<std::size_t>(size);
  }
}

}  // namespace dblog::run
