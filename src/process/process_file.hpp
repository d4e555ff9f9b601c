// A file that belongs to this process as long as it lives: locked, mapped, and under its name only
// when it is whole. A process that finds its lock free knows that the owner is gone.
// Context: crash time. System calls only. Threads: one makes and closes a file.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "src/base/open_file_place.hpp"

namespace dblog::process {

/// On a full disk a write to the mapping would be a SIGBUS: the file's blocks exist before it is
/// mapped. What a file system without fallocate() gets:
enum class Blocks : std::uint8_t {
  sparse,   ///< only its size
  written,  ///< zeros
};

class ProcessFile {
 public:
  constexpr ProcessFile() = default;
  ProcessFile(const ProcessFile&) = delete;
  ProcessFile& operator=(const ProcessFile&) = delete;

  /// False if another thread has it, or it holds a file.
  bool claim() noexcept;

  /// After claim(). Makes and locks (open-file-description lock) a file at `temporary_path`, maps
  /// it at `place` unless that is null, not for children of fork(), and calls `fill(memory)`; then
  /// the file gets its name. 0, or errno: there is no file then, and memory() stays if it is
  /// mapped.
  template <typename Fill>
  int make(const char* temporary_path, const char* path, std::size_t size, Blocks blocks,
           void* place, Fill fill) noexcept {
    int error = begin(temporary_path, size, blocks, place);
    if (error == 0) {
      fill(memory());
      error = finish(temporary_path, path);
    }
    return error;
  }

  [[nodiscard]] void* memory() const noexcept { return memory_.load(); }

  /// Whether the file is there under a name, with all its bytes. `path`: as make() was told.
  [[nodiscard]] bool is_in_place(const char* path, std::size_t size) const noexcept;

  /// Takes the file away, from the directory where it was made: `path` may lead elsewhere by now,
  /// or nowhere. False with errno if it is still there, or that cannot be told.
  bool remove(const char* path) noexcept;

  /// The mapping stays, and with it the lock: only both together let the file go.
  void close() noexcept;

  /// In the child right after fork(), which has no mapping: kept open there, the descriptor would
  /// hold the parent's lock beyond the parent's death.
  void leave_to_parent() noexcept;

 private:
  static constexpr int kFree = -1;
  static constexpr int kClaimed = -2;

  int begin(const char* temporary_path, std::size_t size, Blocks blocks, void* place) noexcept;
  int finish(const char* temporary_path, const char* path) noexcept;

  std::atomic<int> descriptor_{kFree};
  std::atomic<dev_t> device_{0};
  std::atomic<ino_t> inode_{0};
  std::atomic<void*> memory_{nullptr};
  base::OpenedFile directory_;
};

}  // namespace dblog::process
