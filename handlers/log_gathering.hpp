// A VFS of SQLite's that writes a transaction into the write-ahead log at once. SQLite itself makes
// two writes for each page, a header of 24 bytes and the page: twenty for a crash, six for an
// event. Used for the crash connection and the store's. One object for each connection, which it
// outlives. Context: crash time. Threads: as the connection.
#pragma once

#include <sqlite3.h>

#include <cstddef>

namespace dblog::crash {

class LogGathering {
 public:
  /// Of the log's format: before each page.
  static constexpr std::size_t kFrameHeader = 24;

  /// To be registered, for as long as sqlite3_open_v2() takes, and named there: as `real`, but for
  /// the log of the first database that is opened with it. Its name is its own.
  sqlite3_vfs* over(const sqlite3_vfs& real) noexcept;

  [[nodiscard]] const char* name() const noexcept { return name_; }

  /// The bytes that a crash fills, to be touched beforehand.
  [[nodiscard]] unsigned char* bytes() noexcept { return bytes_; }

 private:
  /// SQLite calls by a file's methods, and finds its LogGathering by them.
  struct Methods {
    sqlite3_io_methods table;
    LogGathering* owner;
  };

  static LogGathering& of(sqlite3_file* file) noexcept {
    return *reinterpret_cast<const Methods*>(file->pMethods)->owner;
  }
  void take_over(Methods& methods, sqlite3_file* file) noexcept;

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out);
  static int lock_shared_memory(sqlite3_file* file, int offset, int count, int flags);
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
  Methods database_{};
  Methods log_{};

  bool is_writing_ = false;  ///< the connection holds the log's write lock
  bool is_page_next_ = false;
  bool has_failed_ = false;    ///< frames are lost: nothing of this transaction may be committed
  bool is_commit_ = false;     ///< of the frame whose header came last
  sqlite3_int64 log_end_ = 0;  ///< of what this transaction wrote
  sqlite3_int64 gathered_at_ = 0;
  std::size_t gathered_ = 0;
  unsigned char bytes_[64 * 1024];  ///< SQLite's largest page
};

}  // namespace dblog::crash
