#include "src/symbols/regular_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

namespace dblog::symbols {
namespace {

bool is_guarded = false;  // the worker has one thread

// The descriptor that was looked at, opened for reading; what is at the path by now may be another
// file. Without /proc that is how it is opened, and then looked at again.
int open_looked_at(int looked, const char* path, const struct stat& status) noexcept {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  char link[40];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", looked);
  const int opened = ::openat(AT_FDCWD, link, kFlags);
  if (opened >= 0 || errno != ENOENT) return opened;
  const int again = ::openat(AT_FDCWD, path, kFlags);
  struct stat now {};
  if (again < 0) return -1;
  if (::fstat(again, &now) == 0 && now.st_dev == status.st_dev && now.st_ino == status.st_ino) {
    return again;
  }
  ::close(again);
  errno = EACCES;
  return -1;
}

}  // namespace

int open_regular_file(const char* path, struct stat& status) noexcept {
  const int looked = ::openat(AT_FDCWD, path, O_PATH | O_CLOEXEC);
  if (looked < 0) return -1;
  const bool is_usable = ::fstat(looked, &status) == 0 && S_ISREG(status.st_mode) &&
                         status.st_size > 0 && status.st_size <= kMaxModuleFile;
  int opened = -1;
  errno = EACCES;
  if (is_usable) opened = open_looked_at(looked, path, status);
  const int error = errno;
  ::close(looked);
  errno = error;
  return opened;
}

void guard_libraries_opens() noexcept { is_guarded = true; }

}  // namespace dblog::symbols

// Stands before the C library's, in the tool only. Named by its symbol, since <fcntl.h> declares
// the function too.
extern "C" int dblog_guarded_open(const char* path, int flags, ...) asm("open")
    __attribute__((visibility("default")));
extern "C" int dblog_guarded_open64(const char* path, int flags, ...) asm("open64")
    __attribute__((alias("open"), visibility("default")));

int dblog_guarded_open(const char* path, int flags, ...) {
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = has_mode ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  const bool only_reads =
      (flags & (O_ACCMODE | O_CREAT | O_DIRECTORY | O_PATH | O_TRUNC)) == O_RDONLY;
  if (!dblog::symbols::is_guarded || !only_reads) return ::openat(AT_FDCWD, path, flags, mode);
  struct stat status {};
  return dblog::symbols::open_regular_file(path, status);
}
