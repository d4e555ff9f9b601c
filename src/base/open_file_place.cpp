// Context: crash time. System calls only.
#include "src/base/open_file_place.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "src/base/bare_stat.hpp"

namespace dblog::base {
namespace {

// glibc's faccessat() may do more than ask the kernel. Before Linux 5.8 the real user counts.
bool can_make_files_in(const char* directory) noexcept {
  if (::syscall(SYS_faccessat2, AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) == 0) return true;
  return errno == ENOSYS && ::access(directory, W_OK | X_OK) == 0;
}

}  // namespace

OpenedFile opened_file(int descriptor) noexcept {
  struct stat status {};
  if (bare_fstat(descriptor, &status) != 0) return {descriptor, 0, 0};
  return {descriptor, status.st_dev, status.st_ino};
}

bool is_still_open(const OpenedFile& file) noexcept {
  struct stat status {};
  return file.descriptor >= 0 && bare_fstat(file.descriptor, &status) == 0 &&
         status.st_dev == file.device && status.st_ino == file.inode;
}

void close_if_still_open(const OpenedFile& file) noexcept {
  if (is_still_open(file)) ::close(file.descriptor);
}

bool has_left_its_place(const OpenedFile& file, const char* path, const char* directory,
                        struct stat* found) noexcept {
  struct stat status {};
  if (bare_stat(path, &status) == 0) {
    if (found != nullptr) *found = status;
    return status.st_dev != file.device || status.st_ino != file.inode;
  }
  const bool is_missing = errno == ENOENT;
  const bool is_deleted = bare_fstat(file.descriptor, &status) == 0 && status.st_nlink == 0 &&
                          status.st_dev == file.device && status.st_ino == file.inode;
  return is_deleted || (is_missing && can_make_files_in(directory));
}

}  // namespace dblog::base
