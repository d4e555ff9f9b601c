// Context: crash time. System calls only.
#include "src/base/parent_directory.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>

namespace dblog::base {

int open_next_part(int directory, const char*& at, int flags) noexcept {
  char name[NAME_MAX + 1];
  const std::size_t length = std::strcspn(at, "/");
  if (length == 0 || length >= sizeof name) {
    errno = length == 0 ? ENOENT : ENAMETOOLONG;
    return -1;
  }
  std::memcpy(name, at, length);
  name[length] = '\0';
  at += length;
  if (*at == '/') ++at;
  return static_cast<int>(
      ::syscall(SYS_openat, directory, name, flags | O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

ParentDirectory::ParentDirectory(const char* path) noexcept {
  const char* const slash = std::strrchr(path, '/');
  name_ = slash == nullptr ? path : slash + 1;
  descriptor_ = AT_FDCWD;
  if (path[0] == '/') descriptor_ = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  error_ = errno;
  const char* rest = path;
  while (*rest == '/') ++rest;
  while (descriptor_ != -1 && rest < name_) {
    const int next = open_next_part(descriptor_, rest, O_DIRECTORY);
    error_ = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = next;
    while (*rest == '/') ++rest;
  }
}

ParentDirectory::~ParentDirectory() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool ParentDirectory::is_open() const noexcept {
  if (descriptor_ == -1) errno = error_;
  return descriptor_ != -1;
}

DirectoryIdentity ParentDirectory::identity() const noexcept {
  struct stat status {};
  return stat(".", status) ? DirectoryIdentity{status.st_dev, status.st_ino} : DirectoryIdentity{};
}

int ParentDirectory::open(const char* name, int flags, mode_t mode) const noexcept {
  return is_open() ? ::openat(descriptor_, name, flags | O_NOFOLLOW | O_CLOEXEC, mode) : -1;
}

bool ParentDirectory::stat(const char* name, struct stat& status) const noexcept {
  return is_open() && ::fstatat(descriptor_, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool ParentDirectory::make_file(mode_t mode) const noexcept {
  return is_open() && ::mknodat(descriptor_, name_, S_IFREG | mode, 0) == 0;
}

bool ParentDirectory::unlink(const char* name) const noexcept {
  return is_open() && ::unlinkat(descriptor_, name, 0) == 0;
}

}  // namespace dblog::base
