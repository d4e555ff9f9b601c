// Context: crash time.
#include "src/base/standard_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace dblog::base {
namespace {

enum class Known : int { nothing, none, some };

std::atomic<Known> known{Known::nothing};
std::atomic<dev_t> device{0};
std::atomic<ino_t> inode{0};
std::atomic<mode_t> type{0};

// For a descriptor 2 that is open.
bool is_usual_target(const struct stat& status) noexcept {
  if (S_ISCHR(status.st_mode)) return true;
  const int flags = ::fcntl(STDERR_FILENO, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return false;
  return S_ISFIFO(status.st_mode) || (S_ISREG(status.st_mode) && (flags & O_APPEND) != 0);
}

}  // namespace

void remember_standard_error() noexcept {
  const int saved_errno = errno;
  struct stat status;
  const bool is_open = ::fstat(STDERR_FILENO, &status) == 0;
  if (is_open) {
    device.store(status.st_dev, std::memory_order_relaxed);
    inode.store(status.st_ino, std::memory_order_relaxed);
    type.store(status.st_mode & S_IFMT, std::memory_order_relaxed);
  }
  known.store(is_open ? Known::some : Known::none, std::memory_order_release);
  errno = saved_errno;
}

void remember_standard_error_once() noexcept {
  if (known.load(std::memory_order_relaxed) == Known::nothing) remember_standard_error();
}

bool has_standard_error() noexcept {
  if (known.load(std::memory_order_acquire) != Known::some) return false;
  const int saved_errno = errno;
  struct stat status;
  const bool is_open = ::fstat(STDERR_FILENO, &status) == 0;
  const bool is_same = is_open && status.st_dev == device.load(std::memory_order_relaxed) &&
                       status.st_ino == inode.load(std::memory_order_relaxed) &&
                       (status.st_mode & S_IFMT) == type.load(std::memory_order_relaxed);
  const bool is_fit = is_same || (is_open && is_usual_target(status));
  errno = saved_errno;
  return is_fit;
}

}  // namespace dblog::base
