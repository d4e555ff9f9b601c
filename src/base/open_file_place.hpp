// Whether the file that a process has open is still the one that its path means. A path may become
// unreachable while the file goes on to be good: after setuid(), chroot(), unshare(), or with a
// directory that was renamed.
// Context: crash time. System calls only; async-signal-safe.
#pragma once

#include <sys/stat.h>

namespace dblog::base {

/// True if writers should leave the file, which fstat() describes as `opened`, for the one at
/// `path`: it was deleted, another one is at the path, or there is none and one could be made in
/// `directory`, which is where `path` lies. False if it is there, or nobody can tell.
[[nodiscard]] bool has_left_its_place(const struct stat& opened, const char* path,
                                      const char* directory) noexcept;

}  // namespace dblog::base
