// Context: crash time.
#include "src/process/process_file.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/base/bare_stat.hpp"
#include "src/base/parent_directory.hpp"
#include "src/base/trusted_file.hpp"
#include "src/process/mapped_files.hpp"

namespace dblog::process {
namespace {

bool lock(int descriptor) noexcept {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(descriptor, F_OFD_SETLK, &whole) == 0;
}

bool write_zeros(int descriptor, std::size_t size) noexcept {
  static constexpr char kZeros[65'536] = {};
  for (std::size_t at = 0; at < size;) {
    const std::size_t left = size - at;
    const ssize_t written = ::pwrite(
        descriptor, kZeros, left < sizeof kZeros ? left : sizeof kZeros, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += static_cast<std::size_t>(written);
  }
  return true;
}

bool allocate(int descriptor, std::size_t size, Blocks blocks) noexcept {
  const auto end = static_cast<off_t>(size);
  if (::fallocate(descriptor, 0, 0, end) == 0) return true;
  if (errno != EOPNOTSUPP && errno != ENOSYS) return false;
  return blocks == Blocks::sparse ? ::ftruncate(descriptor, end) == 0
                                  : write_zeros(descriptor, size);
}

int give_up(int descriptor, const char* temporary_path, int error) noexcept {
  ::unlink(temporary_path);
  ::close(descriptor);
  return error;
}

base::OpenedFile open_directory_of(const char* path) noexcept {
  const base::ParentDirectory parent{path};
  return base::opened_file(
      base::away_from_standard_streams(parent.open(".", O_PATH | O_DIRECTORY)));
}

// The number may be the program's by now, even for the same directory: it opens that to read it.
bool is_for_paths_only(int descriptor) noexcept {
  const int flags = ::fcntl(descriptor, F_GETFL);
  return flags >= 0 && (static_cast<unsigned>(flags) & O_PATH) != 0;
}

}  // namespace

bool ProcessFile::claim() noexcept {
  int free = kFree;
  return descriptor_.compare_exchange_strong(free, kClaimed);
}

int ProcessFile::begin(const char* temporary_path, std::size_t size, Blocks blocks,
                       void* place) noexcept {
  memory_ = nullptr;
  const int descriptor = base::make_new(temporary_path);
  const int error = descriptor < 0 ? errno : 0;
  void* memory = MAP_FAILED;
  if (error == 0 && lock(descriptor) && allocate(descriptor, size, blocks)) {
    memory = ::mmap(place, size, PROT_READ | PROT_WRITE,
                    MAP_SHARED | (place != nullptr ? MAP_FIXED : 0), descriptor, 0);
  }
  if (memory == MAP_FAILED) {
    descriptor_ = kFree;
    return error != 0 ? error : give_up(descriptor, temporary_path, errno);
  }
  ::madvise(memory, size, MADV_DONTFORK);
  const base::OpenedFile file = base::opened_file(descriptor);
  device_ = file.device;
  inode_ = file.inode;
  directory_ = open_directory_of(temporary_path);
  memory_ = memory;
  descriptor_ = descriptor;
  return 0;
}

int ProcessFile::finish(const char* temporary_path, const char* path) noexcept {
  if (::rename(temporary_path, path) == 0) return 0;
  const int error = give_up(descriptor_.exchange(kFree), temporary_path, errno);
  close();
  return error;
}

bool ProcessFile::is_in_place(const char* path, std::size_t size) const noexcept {
  struct stat status {};
  const base::OpenedFile file{descriptor_, device_, inode_};
  const bool is_open = base::is_still_open(file);
  if ((is_open ? base::bare_fstat(file.descriptor, &status) : base::bare_stat(path, &status)) != 0)
    return false;
  return status.st_ino == file.inode && status.st_nlink > 0 &&
         status.st_size == static_cast<off_t>(size);
}

bool ProcessFile::remove(const char* path) noexcept {
  const char* const slash = std::strrchr(path, '/');
  const bool has_directory = slash != nullptr && base::is_still_open(directory_);
  const int result =
      has_directory ? ::unlinkat(directory_.descriptor, slash + 1, 0) : ::unlink(path);
  if (result == 0 || errno != ENOENT) return result == 0;
  struct stat status {};
  const base::OpenedFile file{descriptor_, device_, inode_};
  return base::is_still_open(file) && base::bare_fstat(file.descriptor, &status) == 0 &&
         status.st_nlink == 0;
}

void ProcessFile::close() noexcept {
  if (is_for_paths_only(directory_.descriptor)) base::close_if_still_open(directory_);
  directory_ = {};
  base::close_if_still_open({descriptor_.exchange(kFree), device_, inode_});
}

void ProcessFile::leave_to_parent() noexcept {
  close();
  unguard_mapping(memory_.exchange(nullptr));
}

}  // namespace dblog::process
