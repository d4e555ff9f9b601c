// Whether the file that a process has open is still the one that its path means. A path may become
// unreachable while the file goes on to be good: after setuid(), chroot(), unshare(), or with a
// directory that was renamed.
// Context: crash time. System calls only; async-signal-safe.
#pragma once

#include <sys/stat.h>

namespace dblog::base {

/// A file that the process has open; the descriptor may be one of O_PATH.
struct OpenedFile {
  int descriptor = -1;
  dev_t device = 0;
  ino_t inode = 0;
};

/// Notes which file `descriptor` is; device and inode are 0 if it is none.
[[nodiscard]] OpenedFile opened_file(int descriptor) noexcept;

/// The descriptor is still that file: a program that closes what it did not open gets the number
/// for a file of its own. One system call.
[[nodiscard]] bool is_still_open(const OpenedFile& file) noexcept;

/// Closes the descriptor, if it is still that file.
void close_if_still_open(const OpenedFile& file) noexcept;

/// True if writers should leave the file for the one at `path`: it was deleted, another one is at
/// the path, or there is none and one could be made in `directory`, which is where `path` lies.
/// False if it is there, or cannot be looked for. One system call, where it is there, and then
/// `found` what is there.
[[nodiscard]] bool has_left_its_place(const OpenedFile& file, const char* path,
                                      const char* directory, struct stat* found = nullptr) noexcept;

}  // namespace dblog::base
