// stat() and fstat() as bare system calls. Preloaded libraries replace the C library's
// (libfaketime, libfakeroot) and have torn down what theirs need when the last of a process closes
// its files; and no sanitizer counts these as the program's. Context: crash time. System calls
// only; async-signal-safe.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dblog::base {

/// As fstatat(): 0, or -1 with errno.
inline int bare_fstatat(int directory, const char* path, struct stat* status, int flags) noexcept {
  return static_cast<int>(::syscall(SYS_newfstatat, directory, path, status, flags));
}

inline int bare_fstat(int descriptor, struct stat* status) noexcept {
  return bare_fstatat(descriptor, "", status, AT_EMPTY_PATH);
}

inline int bare_stat(const char* path, struct stat* status) noexcept {
  return bare_fstatat(AT_FDCWD, path, status, 0);
}

}  // namespace dblog::base
