// Locks of fcntl(2) that belong to the process: a child does not inherit them, and a process that
// meets one learns whose it is.
#include "tools/dblog/flush_lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "src/base/trusted_file.hpp"
#include "src/sqlite/sender_lock.hpp"

namespace dblog::tool {
namespace {

constexpr std::chrono::milliseconds kBetweenSamples{100};

using Clock = std::chrono::steady_clock;

// Of a lock that was refused. File systems without locks refuse each.
bool is_held_by_another() noexcept { return errno == EAGAIN || errno == EACCES; }

}  // namespace

base::Result<std::optional<FlushLock>> FlushLock::take(const std::filesystem::path& database,
                                                       const StopSignals& stop) {
  const std::filesystem::path path = sqlite::sender_lock_path(database);
  while (true) {
    base::Distrust why = base::Distrust::none;
    FlushLock lock{base::open_trusted(path.c_str(), O_RDWR | O_CREAT, why)};
    if (lock.descriptor_ < 0) {
      return base::Error{base::ErrorCode::io, path,
                         why != base::Distrust::none ? base::text_of(why)
                                                     : std::generic_category().message(errno)};
    }
    switch (lock.wait(path, stop)) {
      case Turn::ours:
        return std::optional<FlushLock>{std::move(lock)};
      case Turn::not_ours:
        return std::optional<FlushLock>{};
      case Turn::unusable:
        return base::Error{base::ErrorCode::io, path,
                           "cannot be locked, or taken from a tool that makes no progress: " +
                               std::generic_category().message(errno)};
      case Turn::file_is_gone:
        break;
    }
  }
}

FlushLock::FlushLock(FlushLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FlushLock::~FlushLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FlushLock::Turn FlushLock::wait(const std::filesystem::path& path, const StopSignals& stop) {
  if (!lock(F_WRLCK, sqlite::kSenderWaits)) {
    if (!is_held_by_another()) return Turn::unusable;
    const bool is_stuck =
        sqlite::sender_at(descriptor_, sqlite::kSenderWaits) == sqlite::SenderState::stuck;
    return is_stuck ? bypass(path) : Turn::not_ours;
  }
  while (!lock(F_WRLCK, sqlite::kSenderWorks)) {
    if (!is_held_by_another()) return Turn::unusable;
    if (!sqlite::is_lock_file(descriptor_, path)) return Turn::file_is_gone;
    if (sqlite::sender_at(descriptor_, sqlite::kSenderWorks) == sqlite::SenderState::stuck) {
      return bypass(path);
    }
    if (stop.wait(kBetweenSamples)) return Turn::not_ours;
  }
  if (!sqlite::is_lock_file(descriptor_, path)) return Turn::file_is_gone;
  show_progress();
  lock(F_UNLCK, sqlite::kSenderWaits);
  return Turn::ours;
}

// Two that do this at the same moment may both work then: a process too many, no message twice.
FlushLock::Turn FlushLock::bypass(const std::filesystem::path& path) noexcept {
  return sqlite::is_lock_file(descriptor_, path) && ::unlink(path.c_str()) != 0
             ? Turn::unusable
             : Turn::file_is_gone;
}

void FlushLock::show_progress() noexcept { ::futimens(descriptor_, nullptr); }

void FlushLock::release() noexcept { lock(F_UNLCK, sqlite::kSenderWorks); }

bool FlushLock::retake() noexcept { return lock(F_WRLCK, sqlite::kSenderWorks); }

bool FlushLock::lock(short type, off_t byte) noexcept {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = byte;
  range.l_len = 1;
  return ::fcntl(descriptor_, F_SETLK, &range) == 0;
}

void wait_for_end_of(pid_t process, std::chrono::milliseconds patience, const StopSignals& stop) {
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  if (descriptor >= 0) {
    stop.wait(patience, descriptor);
    ::close(descriptor);
    return;
  }
  const auto give_up_at = Clock::now() + patience;  // before Linux 5.3, or it is gone
  while (::kill(process, 0) == 0 && Clock::now() < give_up_at) {
    if (stop.wait(kBetweenSamples)) return;
  }
}

}  // namespace dblog::tool
