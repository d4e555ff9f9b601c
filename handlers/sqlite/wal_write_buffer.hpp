// A VFS of SQLite's that writes a transaction into the write-ahead log at once. SQLite itself makes
// two writes for each page, a header of 24 bytes and the page: twenty for a crash, six for an
// event. Used for the crash connection and the store's. One object for each connection, which it
// outlives. Context: crash time. Threads: as the connection.
//
// It also guards the log's index, which SQLite maps (-shm): where another program truncates that
// file, the process is not killed by SIGBUS. The file gets its length again, all zeros, which tells
// every SQLite that the index has to be made again from the log; this connection has seen the
// zeros in the middle of its work, so from then on it writes nothing and has to be opened again.
#pragma once

#include <limits.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "handlers/sqlite/database_content.hpp"
#include "src/process/mapped_files.hpp"

namespace dblog::crash {

class WalWriteBuffer {
 public:
  /// Of the log's format: before each page.
  static constexpr std::size_t kFrameHeader = 24;

  /// To be registered, for as long as sqlite3_open_v2() takes, and named there: as `real`, except
  /// for the log of the first database that is opened with it. Its name is its own.
  sqlite3_vfs* over(const sqlite3_vfs& real) noexcept;

  [[nodiscard]] const char* name() const noexcept { return name_; }

  /// The index was truncated: nothing is written through this connection any more.
  [[nodiscard]] bool has_lost_index() const noexcept { return has_lost_index_.load(); }

  /// The log and its index are not, or not whole, what the next to open the database will find, or
  /// the database has become empty or was overwritten: other programs deleted, replaced or changed
  /// them. What is committed here would not be there. False where the database itself is out of
  /// reach.
  [[nodiscard]] bool are_files_replaced() noexcept;
  [[nodiscard]] bool are_side_files_replaced() const noexcept;
  /// The database was overwritten (database_content.hpp). Only between transactions, while its
  /// descriptors and the index are what they were. `database`: what stat() says of its path.
  [[nodiscard]] bool is_overwritten(const struct stat& database) noexcept;
  /// The same; false if the side files are replaced.
  [[nodiscard]] bool is_overwritten() noexcept;
  /// Once the database is open and as it should be: is_overwritten() compares with that.
  void remember_content() noexcept;
  /// Is told by the others of this process what they know of the same database: one that looks
  /// only at its beginning and in a crash.
  void learn_from_others() noexcept;
  [[nodiscard]] bool is_database_empty() const noexcept;
  [[nodiscard]] bool is_log_deleted() const noexcept;

  /// The database is not the one that the log and the index beside it belong to: they would be
  /// taken for the new one's. Deletes them if they are still those that were opened here, and a
  /// database that has become empty.
  void delete_old_files() const noexcept;

  /// The bytes that a crash fills, to be touched beforehand.
  [[nodiscard]] unsigned char* bytes() noexcept { return bytes_; }

 private:
  /// SQLite calls by a file's methods, and finds its WalWriteBuffer by them.
  struct Methods {
    sqlite3_io_methods table;
    WalWriteBuffer* owner;
  };

  /// Which file was opened; inode 0: none.
  struct Opened {
    dev_t device = 0;
    ino_t inode = 0;

    void look_at(const char* path) noexcept;
    /// Of what is at `path` now.
    [[nodiscard]] bool is(const struct stat& status) const noexcept {
      return status.st_dev == device && status.st_ino == inode;
    }
  };
  [[nodiscard]] bool is_replaced(const Opened& opened, const char* path,
                                 std::int64_t least_size) const noexcept;

  static WalWriteBuffer& of(sqlite3_file* file) noexcept {
    return *reinterpret_cast<const Methods*>(file->pMethods)->owner;
  }
  void take_over(Methods& methods, sqlite3_file* file) noexcept;

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out);
  static int lock_shared_memory(sqlite3_file* file, int offset, int count, int flags);
  static int map_shared_memory(sqlite3_file* file, int region, int size, int extend,
                               void volatile** memory);
  static int unmap_shared_memory(sqlite3_file* file, int is_to_be_deleted);
  static int write_database(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset);
  static int truncate_database(sqlite3_file* file, sqlite3_int64 size);
  static int close_log(sqlite3_file* file);
  [[nodiscard]] DatabaseContent::Files content_files() noexcept;
  void after_checkpoint() noexcept;
  void tell_others() noexcept;
  static process::Mended mend_index(void* self, void* begin, std::size_t size) noexcept;
  bool lengthen_index(std::int64_t size) noexcept;
  void spoil_index_if_half_written() noexcept;
  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset);
  template <auto kMethod, typename... Arguments>
  static int flush_and(sqlite3_file* file, Arguments... arguments);

  int gather(sqlite3_file* file, const void* data, std::size_t size, sqlite3_int64 offset) noexcept;
  int flush(sqlite3_file* file) noexcept;
  void drop() noexcept;

  sqlite3_vfs vfs_{};  ///< The first member: SQLite's functions are called with its address.
  char name_[40] = {};
  const sqlite3_vfs* real_ = nullptr;
  const sqlite3_io_methods* real_database_ = nullptr;
  const sqlite3_io_methods* real_log_ = nullptr;
  sqlite3_file* database_file_ = nullptr;
  sqlite3_file* log_file_ = nullptr;
  Methods database_{};
  Methods log_{};

  DatabaseContent content_;
  bool has_written_database_ = false;  ///< since the last checkpoint ended

  // In the handler of SIGBUS, which runs in the thread that uses the connection, or in another one
  // that shares the mapping.
  static constexpr std::size_t kMaxRegions = 64;
  char database_path_[PATH_MAX] = {};
  char index_path_[PATH_MAX] = {};
  char log_path_[PATH_MAX] = {};
  Opened opened_database_;
  Opened opened_index_;
  Opened opened_log_;
  std::atomic<void*> regions_[kMaxRegions] = {};
  std::atomic<int> region_size_{0};
  std::atomic<int> mends_{0};
  std::atomic<bool> has_lost_index_{false};
  std::atomic<bool> is_index_half_written_{false};

  std::atomic<bool> is_writing_{false};  ///< the connection holds the log's write lock
  bool is_page_next_ = false;
  bool has_failed_ = false;    ///< frames are lost: nothing of this transaction may be committed
  bool is_commit_ = false;     ///< of the frame whose header came last
  sqlite3_int64 log_end_ = 0;  ///< of what this transaction wrote
  sqlite3_int64 gathered_at_ = 0;
  std::size_t gathered_ = 0;
  unsigned char bytes_[64 * 1024];  ///< SQLite's largest page
};

}  // namespace dblog::crash
