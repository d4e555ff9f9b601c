// Whether the database's file holds what SQLite put there. A program that copies another database
// over it (cp, cat, dd: the same file with other bytes) asks for none of SQLite's locks. The log
// and its index beside the file belong to what was there before: a row that is committed then is
// lost, and takes pages of the new database along.
//
// With a log, SQLite writes the file in checkpoints only. So a file whose time of change and size
// are what they were has not been overwritten, which costs no system call. Where they are not, its
// first pages have to be what they were, or what the log has of them. Where the log has begun again
// since, its old pages are gone, and only the number of pages can be compared.
//
// Used by WalWriteBuffer, one object for each connection. Context: crash time. Threads: any; where
// two of them would look at once, one does not.
#pragma once

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace dblog::crash {

class DatabaseContent {
 public:
  /// A connection's files, and how SQLite itself calls them.
  struct Files {
    const char* path;
    dev_t device;
    ino_t inode;
    sqlite3_file* database;
    const sqlite3_io_methods* database_calls;
    sqlite3_file* log;
    const sqlite3_io_methods* log_calls;
    const std::atomic<void*>* index;  ///< the log's index, as it is mapped
    std::size_t regions;
    unsigned char* buffer;  ///< for kBufferSize bytes
  };
  static constexpr std::size_t kBufferSize = 64 * 1024;  ///< SQLite's largest page

  /// True if the file was overwritten since it was looked at last. `database`: what stat() says of
  /// it. What SQLite has written meanwhile is remembered. Only between transactions.
  bool is_overwritten(const Files& files, const struct stat& database) noexcept;

  /// The file is as it should be: what is in it is remembered.
  void remember(const Files& files) noexcept;
  /// The same with the lock held that keeps others from checkpoints.
  void remember_checkpoint(const Files& files) noexcept;

  /// A transaction of this connection has been written, which may have begun the log again.
  void follow_log(const Files& files) noexcept;

  /// What another connection knows, if that is of the same file.
  void learn_from(const DatabaseContent& other) noexcept;

  void forget() noexcept;

 private:
  static constexpr std::size_t kPages = 16;  ///< sqlite_sequence, which every row changes, is there

  struct Known {
    ino_t inode = 0;  ///< 0: nothing is known
    dev_t device = 0;
    bool is_settled = false;  ///< the file changed so long ago that a later change shows in `time`
    timespec time{};
    off_t size = 0;
    std::array<std::uint32_t, 2> salt{};        ///< of the log: others when it begins again
    std::array<std::uint64_t, kPages> pages{};  ///< their hashes; 0: beyond the end

    [[nodiscard]] bool is_same_file(const Files& files) const noexcept {
      return inode == files.inode && device == files.device;
    }
    [[nodiscard]] bool is_unchanged(const struct stat& status) const noexcept;
  };
  struct IndexHeader;
  class Turn;
  class CheckpointLock;

  static bool read_header(const Files& files, IndexHeader& header) noexcept;
  static bool read_known(const Files& files, const IndexHeader& header, Known& known) noexcept;
  static bool is_explained(const Files& files, const IndexHeader& header, std::size_t page,
                           std::uint64_t hash) noexcept;
  bool differs_from_log(const Files& files, const IndexHeader& header,
                        const Known& present) const noexcept;
  void read_again(const Files& files) noexcept;

  Known known_;
  std::atomic_flag is_in_use_ = ATOMIC_FLAG_INIT;
};

}  // namespace dblog::crash
