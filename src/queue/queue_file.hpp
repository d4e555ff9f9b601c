// The file of a process's queue, beside the database: made, locked, mapped, removed.
//
// Life: made under a temporary name, its blocks allocated (a full disk must not become a SIGBUS),
// locked (open-file-description lock) for as long as the process lives, renamed to
// DATABASE-queue-PID-UUID; removed at a clean exit when everything in it is committed. A file whose
// lock is free belongs to a dead process: src/recovery imports it.
// Used by EventQueue. The mapping stays until the process ends, and is not inherited by children.
#pragma once

#include <filesystem>
#include <string>

#include "src/base/result.hpp"
#include "src/process/mapped_files.hpp"
#include "src/process/process_file.hpp"
#include "src/queue/queue_layout.hpp"

namespace dblog::queue {

/// A process has at most so many; loggers of further databases commit each event.
inline constexpr std::size_t kMaxFiles = 64;

class QueueFile {
 public:
  /// `database` is absolute and free of links. `slot_count`: a power of two.
  static base::Result<QueueFile> make(const std::filesystem::path& database,
                                      std::uint32_t slot_count);

  [[nodiscard]] QueueHead& head() const noexcept { return *head_; }
  [[nodiscard]] Slot* slots() const noexcept;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] const std::string& uuid() const noexcept { return uuid_; }

  /// Another program may truncate the file: from here on `mend` sees to that, with `owner`
  /// (src/process/mapped_files.hpp).
  void guard(process::Mend mend, void* owner) noexcept;

  /// Takes the file away; false if that cannot be done.
  bool remove() noexcept;

 private:
  QueueFile(process::ProcessFile& file, std::size_t size, std::filesystem::path path,
            std::string uuid)
      : file_(&file),
        head_(static_cast<QueueHead*>(file.memory())),
        size_(size),
        path_(std::move(path)),
        uuid_(std::move(uuid)) {}

  process::ProcessFile* file_;
  QueueHead* head_;
  std::size_t size_;
  std::filesystem::path path_;
  std::string uuid_;
};

/// In the child right after fork(), which has none of the mappings: kept open there, the
/// descriptors would hold the parent's locks beyond the parent's death. Async-signal-safe.
void leave_queue_files_to_parent() noexcept;

}  // namespace dblog::queue
