#include "tools/dblog/flush_turn.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace dblog::tool {
namespace {

constexpr off_t kWorking = 0;
constexpr off_t kWaiting = 1;
constexpr std::chrono::milliseconds kBetweenLooks{10};

using Clock = std::chrono::steady_clock;

}  // namespace

Result<std::optional<FlushTurn>> FlushTurn::take(const std::filesystem::path& database,
                                                 std::chrono::milliseconds patience) {
  const std::string path = database.native() + "-flush";
  const int descriptor =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) {
    return Error{ErrorCode::io, path, std::generic_category().message(errno)};
  }
  FlushTurn turn{descriptor};
  if (!turn.lock(F_WRLCK, kWaiting)) return std::optional<FlushTurn>{};
  const auto give_up_at = Clock::now() + patience;
  while (!turn.lock(F_WRLCK, kWorking)) {
    if (Clock::now() >= give_up_at) return std::optional<FlushTurn>{};
    std::this_thread::sleep_for(kBetweenLooks);
  }
  turn.lock(F_UNLCK, kWaiting);
  return std::optional<FlushTurn>{std::move(turn)};
}

FlushTurn::FlushTurn(FlushTurn&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FlushTurn::~FlushTurn() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FlushTurn::give_up() noexcept { lock(F_UNLCK, kWorking); }

bool FlushTurn::take_back() noexcept { return lock(F_WRLCK, kWorking); }

bool FlushTurn::lock(short type, off_t byte) noexcept {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = byte;
  range.l_len = 1;
  return ::fcntl(descriptor_, F_OFD_SETLK, &range) == 0;
}

void wait_for_end_of(pid_t process, std::chrono::milliseconds patience) {
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  if (descriptor >= 0) {
    pollfd end{descriptor, POLLIN, 0};
    ::poll(&end, 1, static_cast<int>(patience.count()));
    ::close(descriptor);
    return;
  }
  const auto give_up_at = Clock::now() + patience;  // before Linux 5.3, or it is gone
  while (::kill(process, 0) == 0 && Clock::now() < give_up_at) {
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace dblog::tool
