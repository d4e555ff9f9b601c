// Small files and directories of /proc and /sys, read into the caller's memory.
// Never allocates, and never leaves a descriptor open.
// Context: crash time; openat, read, close and getdents64 only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dblog::base {

/// The file's first bytes, at most `capacity` of them, as a part of `buffer`. Empty if it cannot be
/// read. Three system calls: the kernel gives a file of /proc whole in one read that is large
/// enough.
std::string_view read_small_file(const char* path, char* buffer, std::size_t capacity) noexcept;

/// More entries than this are not counted: it would take too long in a dying process.
inline constexpr std::int64_t kMaxEntries = 32'768;

/// How many entries a directory has, "." and ".." left out. Negative if it cannot be read or has
/// more than kMaxEntries. `scratch` is at least 512 bytes.
std::int64_t count_entries(const char* path, char* scratch, std::size_t capacity) noexcept;

/// Calls `see` with each entry whose name is a number, as in /proc/PID/task. False if the directory
/// cannot be read. `scratch` is at least 512 bytes.
bool for_each_number(const char* path, char* scratch, std::size_t capacity,
                     void (*see)(void* context, int number), void* context) noexcept;

/// Joins texts in a fixed buffer, always NUL-terminated.
class PathText {
 public:
  static constexpr std::size_t kCapacity = 576;

  /// What does not fit makes the path empty for good: a cut path could name something else.
  PathText& add(std::string_view text) noexcept;
  PathText& add_number(std::int64_t number) noexcept;

  /// Back to the first `size` characters.
  void cut(std::size_t size) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const char* c_str() const noexcept { return text_; }

 private:
  char text_[kCapacity] = {};
  std::size_t size_ = 0;
  bool overflow_ = false;
};

}  // namespace dblog::base
