// The directory that a file lies in, opened name by name without following a link: other users who
// can write a directory above it may put a link in a directory's place between a look at the path
// and its use. Everything that dblog opens, makes or removes beside a database goes through here.
// Paths must be free of links; callers that accept them resolve the trusted ones first.
// Context: crash time. System calls only; async-signal-safe.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

namespace dblog::base {

/// Which directory it is: another one may be at its path by now. All zero: not known.
struct DirectoryIdentity {
  dev_t device = 0;
  ino_t inode = 0;

  bool operator==(const DirectoryIdentity&) const = default;
};

class ParentDirectory {
 public:
  /// Of a file's path, which must outlive the object. Where it cannot be opened, ENOTDIR for a link
  /// for instance, each call below fails with that error.
  explicit ParentDirectory(const char* path) noexcept;
  ~ParentDirectory();
  ParentDirectory(const ParentDirectory&) = delete;
  ParentDirectory& operator=(const ParentDirectory&) = delete;

  /// The path's last part.
  [[nodiscard]] const char* name() const noexcept { return name_; }

  [[nodiscard]] DirectoryIdentity identity() const noexcept;

  /// The file, or another one in the directory. Never through a link; close-on-exec.
  int open(int flags, mode_t mode = 0) const noexcept { return open(name_, flags, mode); }
  int open(const char* name, int flags, mode_t mode = 0) const noexcept;

  /// What is there, a link itself too. False with errno.
  [[nodiscard]] bool stat(struct stat& status) const noexcept { return stat(name_, status); }
  bool stat(const char* name, struct stat& status) const noexcept;

  /// An empty regular file with that mode.
  [[nodiscard]] bool make_file(mode_t mode) const noexcept;

  bool unlink() const noexcept { return unlink(name_); }
  bool unlink(const char* name) const noexcept;

 private:
  [[nodiscard]] bool is_open() const noexcept;

  const char* name_;
  int descriptor_ = -1;
  int error_ = 0;
};

/// The next name of a path, from `at` on; moves `at` behind it. An O_PATH descriptor, or -1. Bare
/// system calls, which no sanitizer counts as the program's.
int open_next_part(int directory, const char*& at, int flags) noexcept;

}  // namespace dblog::base
