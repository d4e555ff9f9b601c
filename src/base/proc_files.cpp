// Context: crash time.
#include "src/base/proc_files.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/base/number_text.hpp"

namespace dblog::base {
namespace {

// Bare system calls: open(), read() and close() are cancellation points (pthreads(7)), so a thread
// that crashes with a cancellation pending would be unwound out of its handler.
int open_for_reading(const char* path, int more_flags) noexcept {
  long descriptor;
  do {
    descriptor =
        ::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | more_flags, 0);
  } while (descriptor < 0 && errno == EINTR);
  return static_cast<int>(descriptor);
}

long read_some(int descriptor, char* buffer, std::size_t capacity) noexcept {
  long size;
  do {
    size = ::syscall(SYS_read, descriptor, buffer, capacity);
  } while (size < 0 && errno == EINTR);
  return size;
}

void close_descriptor(int descriptor) noexcept { ::syscall(SYS_close, descriptor); }

bool is_dot_name(const char* name) noexcept {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

// Calls `see` with each name in what getdents64 wrote (struct linux_dirent64, getdents(2)).
template <typename See>
void for_each_name(const char* bytes, std::size_t size, const See& see) noexcept {
  constexpr std::size_t kLengthAt = 16;  // behind the 64-bit d_ino and d_off
  constexpr std::size_t kNameAt = 19;    // behind the 16-bit d_reclen and the 8-bit d_type
  std::uint16_t length = 0;
  for (std::size_t at = 0; at + kNameAt < size; at += length) {
    std::memcpy(&length, bytes + at + kLengthAt, sizeof length);
    if (length <= kNameAt) break;
    if (!is_dot_name(bytes + at + kNameAt)) see(bytes + at + kNameAt);
  }
}

int number_of(const char* name) noexcept {
  constexpr int kLargest = 1 << 22;  // PID_MAX_LIMIT
  int number = 0;
  for (; *name >= '0' && *name <= '9' && number < kLargest; ++name) {
    number = number * 10 + (*name - '0');
  }
  return *name == '\0' ? number : 0;
}

}  // namespace

std::string_view read_small_file(const char* path, char* buffer, std::size_t capacity) noexcept {
  const int descriptor = open_for_reading(path, 0);
  if (descriptor < 0) return {};
  const long size = read_some(descriptor, buffer, capacity);
  close_descriptor(descriptor);
  return size > 0 ? std::string_view{buffer, static_cast<std::size_t>(size)} : std::string_view{};
}

std::int64_t count_entries(const char* path, char* scratch, std::size_t capacity) noexcept {
  const int descriptor = open_for_reading(path, O_DIRECTORY);
  if (descriptor < 0) return -1;
  std::int64_t entries = 0;
  long size;
  while ((size = ::syscall(SYS_getdents64, descriptor, scratch, capacity)) > 0) {
    for_each_name(scratch, static_cast<std::size_t>(size), [&](const char*) { ++entries; });
    if (entries > kMaxEntries) break;
  }
  close_descriptor(descriptor);
  return size == 0 ? entries : -1;
}

bool for_each_number(const char* path, char* scratch, std::size_t capacity,
                     void (*see)(void* context, int number), void* context) noexcept {
  const int descriptor = open_for_reading(path, O_DIRECTORY);
  if (descriptor < 0) return false;
  long size;
  while ((size = ::syscall(SYS_getdents64, descriptor, scratch, capacity)) > 0) {
    for_each_name(scratch, static_cast<std::size_t>(size), [&](const char* name) {
      if (const int number = number_of(name)) see(context, number);
    });
  }
  close_descriptor(descriptor);
  return size == 0;
}

PathText& PathText::add(std::string_view text) noexcept {
  if (overflow_ || text.size() >= kCapacity - size_) {
    overflow_ = true;
    cut(0);
    return *this;
  }
  std::memcpy(text_ + size_, text.data(), text.size());
  cut(size_ + text.size());
  return *this;
}

PathText& PathText::add_number(std::int64_t number) noexcept {
  char digits[kWholeTextSize];
  return add({digits, write_whole(number, digits, sizeof digits)});
}

void PathText::cut(std::size_t size) noexcept {
  size_ = overflow_ || size >= kCapacity ? 0 : size;
  text_[size_] = '\0';
}

}  // namespace dblog::base
