// The log's format: https://sqlite.org/fileformat2.html#walformat. Frames are gathered only while
// the write lock is held, each only behind all that its transaction wrote, and what is not written
// when the lock is given back was rolled back. A frame that ends a transaction is written with all
// before it, before SQLite shows it to readers.
// Context: crash time.
#include "handlers/log_gathering.hpp"

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "handlers/text_buffer.hpp"

namespace dblog::crash {
namespace {

// Of sqlite3_vfs and sqlite3_io_methods as they are declared here: a newer SQLite's have more
// members, which are not copied.
constexpr int kKnownVersion = 3;

// The size of the database after the transaction; zero in all frames but the last.
bool ends_transaction(const void* frame_header) noexcept {
  constexpr unsigned char kZero[4] = {};
  return std::memcmp(static_cast<const unsigned char*>(frame_header) + 4, kZero, sizeof kZero) != 0;
}

}  // namespace

sqlite3_vfs* LogGathering::over(const sqlite3_vfs& real) noexcept {
  real_ = &real;
  real_database_ = nullptr;
  real_log_ = nullptr;
  is_writing_ = false;
  drop();
  vfs_ = real;  // its other functions find what they need in their own copy
  if (vfs_.iVersion > kKnownVersion) vfs_.iVersion = kKnownVersion;
  vfs_.pNext = nullptr;
  TextBuffer{name_} << "dblog-log-gathering-"
                    << std::int64_t{reinterpret_cast<std::intptr_t>(this)};
  vfs_.zName = name_;
  vfs_.xOpen = open;
  return &vfs_;
}

void LogGathering::take_over(Methods& methods, sqlite3_file* file) noexcept {
  methods.table = *file->pMethods;
  if (methods.table.iVersion > kKnownVersion) methods.table.iVersion = kKnownVersion;
  methods.owner = this;
  file->pMethods = &methods.table;
}

template <auto kMethod, typename... Arguments>
int LogGathering::flush_and(sqlite3_file* file, Arguments... arguments) {
  LogGathering& self = of(file);
  const int code = self.flush(file);
  return code == SQLITE_OK ? (self.real_log_->*kMethod)(file, arguments...) : code;
}

int LogGathering::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                       int* out) {
  static_assert(std::is_standard_layout_v<LogGathering>);
  auto& self = *reinterpret_cast<LogGathering*>(vfs);
  const int code = self.real_->xOpen(const_cast<sqlite3_vfs*>(self.real_), name, file, flags, out);
  if (code != SQLITE_OK) return code;
  const int characteristics = file->pMethods->xDeviceCharacteristics(file);
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0 && self.real_database_ == nullptr &&
      file->pMethods->iVersion >= 2) {
    self.real_database_ = file->pMethods;
    self.take_over(self.database_, file);
    self.database_.table.xShmLock = lock_shared_memory;
  }
  // Else SQLite fills the disk's sectors up with frames, some of them in two pieces.
  const bool has_whole_frames = (characteristics & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
  if ((flags & SQLITE_OPEN_WAL) != 0 && self.real_log_ == nullptr && has_whole_frames) {
    self.real_log_ = file->pMethods;
    self.take_over(self.log_, file);
    self.log_.table.xRead = flush_and<&sqlite3_io_methods::xRead>;
    self.log_.table.xWrite = write;
    self.log_.table.xTruncate = flush_and<&sqlite3_io_methods::xTruncate>;
    self.log_.table.xSync = flush_and<&sqlite3_io_methods::xSync>;
    self.log_.table.xFileSize = flush_and<&sqlite3_io_methods::xFileSize>;
  }
  return code;
}

int LogGathering::lock_shared_memory(sqlite3_file* file, int offset, int count, int flags) {
  constexpr int kWriteLock = 0;  // https://sqlite.org/walformat.html#wal_locks
  LogGathering& self = of(file);
  const bool is_write_lock = offset == kWriteLock && (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if (is_write_lock && (flags & SQLITE_SHM_UNLOCK) != 0) {
    self.is_writing_ = false;
    self.drop();
  }
  const int code = self.real_database_->xShmLock(file, offset, count, flags);
  if (is_write_lock && (flags & SQLITE_SHM_LOCK) != 0) self.is_writing_ = code == SQLITE_OK;
  return code;
}

int LogGathering::write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  LogGathering& self = of(file);
  const auto bytes = static_cast<std::size_t>(size);
  const bool is_page = self.is_page_next_ && offset == self.log_end_;
  const bool is_header = !is_page && bytes == kFrameHeader && offset >= self.log_end_;
  self.is_page_next_ = false;
  if (self.has_failed_) return SQLITE_IOERR;
  if (self.is_writing_ && is_header) {
    self.is_page_next_ = true;
    self.is_commit_ = ends_transaction(data);
    return self.gather(file, data, bytes, offset);
  }
  if (self.is_writing_ && is_page) {
    const int code = self.gather(file, data, bytes, offset);
    return code == SQLITE_OK && self.is_commit_ ? self.flush(file) : code;
  }
  if (self.log_end_ < offset + size) self.log_end_ = offset + size;
  return flush_and<&sqlite3_io_methods::xWrite>(file, data, size, offset);
}

int LogGathering::gather(sqlite3_file* file, const void* data, std::size_t size,
                         sqlite3_int64 offset) noexcept {
  const bool is_next = offset == gathered_at_ + static_cast<sqlite3_int64>(gathered_);
  if (gathered_ > 0 && (!is_next || size > sizeof bytes_ - gathered_)) {
    if (const int code = flush(file); code != SQLITE_OK) return code;
  }
  log_end_ = offset + static_cast<sqlite3_int64>(size);
  if (gathered_ == 0) gathered_at_ = offset;
  std::memcpy(bytes_ + gathered_, data, size);
  gathered_ += size;
  return SQLITE_OK;
}

int LogGathering::flush(sqlite3_file* file) noexcept {
  // With this code SQLite gives up the whole transaction; after a full disk it may go on with it.
  if (has_failed_) return SQLITE_IOERR;
  if (gathered_ == 0) return SQLITE_OK;
  const auto size = static_cast<int>(gathered_);
  gathered_ = 0;
  const int code = real_log_->xWrite(file, bytes_, size, gathered_at_);
  has_failed_ = code != SQLITE_OK;
  return code;
}

void LogGathering::drop() noexcept {
  is_page_next_ = false;
  is_commit_ = false;
  has_failed_ = false;
  log_end_ = 0;
  gathered_ = 0;
}

}  // namespace dblog::crash
