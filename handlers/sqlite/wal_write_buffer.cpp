// The log's format: https://sqlite.org/fileformat2.html#walformat. Frames are gathered only while
// the write lock is held, each only behind all that its transaction wrote, and what is not written
// when the lock is given back was rolled back. A frame that ends a transaction is written with all
// before it, before SQLite shows it to readers.
// Context: crash time.
#include "handlers/sqlite/wal_write_buffer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "src/base/bare_stat.hpp"
#include "src/base/parent_directory.hpp"
#include "src/base/text_buffer.hpp"
#include "src/base/trusted_file.hpp"

namespace dblog::crash {
namespace {

// The one that has asked for it.
std::atomic<WalWriteBuffer*> learner{nullptr};

// Of sqlite3_vfs and sqlite3_io_methods as they are declared here: a newer SQLite's have more
// members, which are not copied.
constexpr int kKnownVersion = 3;

// The size of the database after the transaction; zero in all frames but the last.
bool ends_transaction(const void* frame_header) noexcept {
  constexpr unsigned char kZero[4] = {};
  return std::memcmp(static_cast<const unsigned char*>(frame_header) + 4, kZero, sizeof kZero) != 0;
}

}  // namespace

sqlite3_vfs* WalWriteBuffer::over(const sqlite3_vfs& real) noexcept {
  real_ = &real;
  real_database_ = nullptr;
  real_log_ = nullptr;
  database_file_ = nullptr;
  log_file_ = nullptr;
  content_.forget();
  has_written_database_ = false;
  is_writing_ = false;
  has_lost_index_ = false;
  opened_database_ = {};
  opened_index_ = {};
  opened_log_ = {};
  is_index_half_written_ = false;
  for (std::atomic<void*>& region : regions_) process::unguard_mapping(region.exchange(nullptr));
  drop();
  vfs_ = real;  // its other functions find what they need in their own copy
  if (vfs_.iVersion > kKnownVersion) vfs_.iVersion = kKnownVersion;
  vfs_.pNext = nullptr;
  base::TextBuffer{name_} << "dblog-log-gathering-"
                          << std::int64_t{reinterpret_cast<std::intptr_t>(this)};
  vfs_.zName = name_;
  vfs_.xOpen = open;
  return &vfs_;
}

void WalWriteBuffer::take_over(Methods& methods, sqlite3_file* file) noexcept {
  methods.table = *file->pMethods;
  if (methods.table.iVersion > kKnownVersion) methods.table.iVersion = kKnownVersion;
  methods.owner = this;
  file->pMethods = &methods.table;
}

template <auto kMethod, typename... Arguments>
int WalWriteBuffer::flush_and(sqlite3_file* file, Arguments... arguments) {
  WalWriteBuffer& self = of(file);
  const int code = self.flush(file);
  return code == SQLITE_OK ? (self.real_log_->*kMethod)(file, arguments...) : code;
}

int WalWriteBuffer::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                         int* out) {
  static_assert(std::is_standard_layout_v<WalWriteBuffer>);
  auto& self = *reinterpret_cast<WalWriteBuffer*>(vfs);
  const int code = self.real_->xOpen(const_cast<sqlite3_vfs*>(self.real_), name, file, flags, out);
  if (code != SQLITE_OK) return code;
  const int characteristics = file->pMethods->xDeviceCharacteristics(file);
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0 && self.real_database_ == nullptr &&
      file->pMethods->iVersion >= 2) {
    self.real_database_ = file->pMethods;
    self.database_file_ = file;
    self.take_over(self.database_, file);
    self.database_.table.xShmLock = lock_shared_memory;
    self.database_.table.xShmMap = map_shared_memory;
    self.database_.table.xShmUnmap = unmap_shared_memory;
    self.database_.table.xWrite = write_database;
    self.database_.table.xTruncate = truncate_database;
    base::TextBuffer{self.database_path_} << name;
    self.opened_database_.look_at(self.database_path_);
    base::TextBuffer{self.index_path_} << name << "-shm";
    base::TextBuffer{self.log_path_} << name << "-wal";
  }
  // Else SQLite fills the disk's sectors up with frames, some of them in two pieces.
  const bool has_whole_frames = (characteristics & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
  if ((flags & SQLITE_OPEN_WAL) != 0 && self.real_log_ == nullptr && has_whole_frames) {
    self.real_log_ = file->pMethods;
    self.log_file_ = file;
    self.opened_log_.look_at(self.log_path_);
    self.take_over(self.log_, file);
    self.log_.table.xClose = close_log;
    self.log_.table.xRead = flush_and<&sqlite3_io_methods::xRead>;
    self.log_.table.xWrite = write;
    self.log_.table.xTruncate = flush_and<&sqlite3_io_methods::xTruncate>;
    self.log_.table.xSync = flush_and<&sqlite3_io_methods::xSync>;
    self.log_.table.xFileSize = flush_and<&sqlite3_io_methods::xFileSize>;
  }
  return code;
}

int WalWriteBuffer::lock_shared_memory(sqlite3_file* file, int offset, int count, int flags) {
  constexpr int kWriteLock = 0;  // https://sqlite.org/walformat.html#wal_locks
  constexpr int kCheckpointLock = 1;
  WalWriteBuffer& self = of(file);
  const bool is_exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  const bool is_write_lock = offset == kWriteLock && is_exclusive;
  const bool is_unlock = (flags & SQLITE_SHM_UNLOCK) != 0;
  if (is_write_lock && is_unlock) {
    self.spoil_index_if_half_written();
    self.is_writing_ = false;
    self.drop();
    self.content_.follow_log(self.content_files());
    self.tell_others();
  }
  if (offset == kCheckpointLock && count == 1 && is_exclusive && is_unlock) self.after_checkpoint();
  const int code = self.real_database_->xShmLock(file, offset, count, flags);
  if (is_write_lock && (flags & SQLITE_SHM_LOCK) != 0) self.is_writing_ = code == SQLITE_OK;
  return code;
}

int WalWriteBuffer::map_shared_memory(sqlite3_file* file, int region, int size, int extend,
                                      void volatile** memory) {
  WalWriteBuffer& self = of(file);
  const int code = self.real_database_->xShmMap(file, region, size, extend, memory);
  const auto index = static_cast<std::size_t>(region);
  if (code != SQLITE_OK || *memory == nullptr || index >= kMaxRegions) return code;
  if (region == 0) self.opened_index_.look_at(self.index_path_);
  self.region_size_ = size;
  void* const mapped = const_cast<void*>(*memory);
  process::unguard_mapping(self.regions_[index].exchange(mapped));
  process::guard_mapping(mapped, static_cast<std::size_t>(size), mend_index, &self);
  return code;
}

int WalWriteBuffer::unmap_shared_memory(sqlite3_file* file, int is_to_be_deleted) {
  WalWriteBuffer& self = of(file);
  for (std::atomic<void*>& region : self.regions_)
    process::unguard_mapping(region.exchange(nullptr));
  return self.real_database_->xShmUnmap(file, is_to_be_deleted);
}

int WalWriteBuffer::close_log(sqlite3_file* file) {
  WalWriteBuffer& self = of(file);
  self.log_file_ = nullptr;
  return self.real_log_->xClose(file);
}

// The lock is still held.
void WalWriteBuffer::after_checkpoint() noexcept {
  if (!std::exchange(has_written_database_, false) || gathered_ > 0) return;
  content_.remember_checkpoint(content_files());
  tell_others();
}

int WalWriteBuffer::write_database(sqlite3_file* file, const void* data, int size,
                                   sqlite3_int64 offset) {
  WalWriteBuffer& self = of(file);
  self.has_written_database_ = true;
  if (self.has_lost_index()) return SQLITE_IOERR;
  return self.real_database_->xWrite(file, data, size, offset);
}

int WalWriteBuffer::truncate_database(sqlite3_file* file, sqlite3_int64 size) {
  WalWriteBuffer& self = of(file);
  self.has_written_database_ = true;
  if (self.has_lost_index()) return SQLITE_IOERR;
  return self.real_database_->xTruncate(file, size);
}

// In a signal handler. The descriptor stays open: to close it would drop the locks that this
// process has on the file (fcntl(2)).
bool WalWriteBuffer::lengthen_index(std::int64_t size) noexcept {
  const int descriptor =
      base::away_from_standard_streams(::open(index_path_, O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  struct stat status;
  if (descriptor < 0 || base::bare_fstat(descriptor, &status) != 0) return false;
  if (!opened_index_.is(status)) return false;
  if (status.st_size >= size) return true;
  if (::fallocate(descriptor, 0, 0, size) == 0) return true;
  const char zero = 0;
  return (errno == EOPNOTSUPP || errno == ENOSYS) && ::pwrite(descriptor, &zero, 1, size - 1) == 1;
}

process::Mended WalWriteBuffer::mend_index(void* owner, void* begin, std::size_t size) noexcept {
  constexpr int kMostMends = 64;  // each keeps a descriptor
  auto& self = *static_cast<WalWriteBuffer*>(owner);
  for (std::size_t i = 0; i < kMaxRegions; ++i) {
    if (self.regions_[i].load() != begin || self.mends_.fetch_add(1) >= kMostMends) continue;
    if (self.is_writing_.load()) self.is_index_half_written_ = true;
    self.has_lost_index_ = true;
    return self.lengthen_index(static_cast<std::int64_t>((i + 1) * size)) ? process::Mended::for_now
                                                                          : process::Mended::failed;
  }
  return process::Mended::failed;
}

// What this connection wrote into it since is only the end of an index. Without its header, of
// which there are two copies, the next connection makes it again from the log.
void WalWriteBuffer::spoil_index_if_half_written() noexcept {
  constexpr std::size_t kHeaders = 2 * 48;  // https://sqlite.org/walformat.html
  void* const index = regions_[0].load();
  if (index != nullptr && is_index_half_written_.exchange(false)) std::memset(index, 0, kHeaders);
}

void WalWriteBuffer::Opened::look_at(const char* path) noexcept {
  struct stat status;
  const bool is_there = base::bare_stat(path, &status) == 0;
  device = is_there ? status.st_dev : 0;
  inode = is_there ? status.st_ino : 0;
}

bool WalWriteBuffer::is_replaced(const Opened& opened, const char* path,
                                 std::int64_t least_size) const noexcept {
  if (opened.inode == 0) return false;
  struct stat status;
  if (base::bare_stat(path, &status) == 0) return !opened.is(status) || status.st_size < least_size;
  return errno == ENOENT && base::bare_stat(database_path_, &status) == 0;
}

DatabaseContent::Files WalWriteBuffer::content_files() noexcept {
  return {database_path_,
          opened_database_.device,
          opened_database_.inode,
          database_file_,
          real_database_,
          log_file_,
          real_log_,
          regions_,
          kMaxRegions,
          bytes_};
}

bool WalWriteBuffer::is_overwritten(const struct stat& database) noexcept {
  if (database_file_ == nullptr || gathered_ > 0) return false;
  const bool is_so = content_.is_overwritten(content_files(), database);
  if (!is_so) tell_others();
  return is_so;
}

bool WalWriteBuffer::is_overwritten() noexcept {
  struct stat status;
  return !are_side_files_replaced() && base::bare_stat(database_path_, &status) == 0 &&
         is_overwritten(status);
}

void WalWriteBuffer::remember_content() noexcept {
  if (database_file_ != nullptr) content_.remember(content_files());
}

void WalWriteBuffer::learn_from_others() noexcept { learner = this; }

void WalWriteBuffer::tell_others() noexcept {
  WalWriteBuffer* const other = learner.load();
  if (other != nullptr && other != this) other->content_.learn_from(content_);
}

bool WalWriteBuffer::are_files_replaced() noexcept {
  struct stat status;
  const bool is_there = opened_log_.inode != 0 && base::bare_stat(database_path_, &status) == 0;
  return (is_there && status.st_size == 0) || are_side_files_replaced() ||
         (is_there && is_overwritten(status));
}

bool WalWriteBuffer::are_side_files_replaced() const noexcept {
  std::int64_t mapped = 0;
  for (std::size_t i = 0; i < kMaxRegions && regions_[i].load() != nullptr; ++i) {
    mapped += region_size_.load();
  }
  return is_replaced(opened_index_, index_path_, mapped) || is_replaced(opened_log_, log_path_, 0);
}

// A new one is, too, but has no log then.
bool WalWriteBuffer::is_database_empty() const noexcept {
  struct stat status;
  return opened_log_.inode != 0 && base::bare_stat(database_path_, &status) == 0 &&
         status.st_size == 0;
}

bool WalWriteBuffer::is_log_deleted() const noexcept {
  struct stat status;
  return opened_log_.inode != 0 && base::bare_stat(log_path_, &status) != 0 && errno == ENOENT;
}

void WalWriteBuffer::delete_old_files() const noexcept {
  const auto remove = [](const char* path, const Opened& opened) {
    const base::ParentDirectory parent{path};
    struct stat status;
    if (parent.stat(status) && opened.is(status)) parent.unlink();
  };
  // Connections that are never closed hold locks on it: no process could begin a database in there.
  if (is_database_empty()) remove(database_path_, opened_database_);
  remove(index_path_, opened_index_);
  remove(log_path_, opened_log_);
}

int WalWriteBuffer::write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  WalWriteBuffer& self = of(file);
  const auto bytes = static_cast<std::size_t>(size);
  const bool is_page = self.is_page_next_ && offset == self.log_end_;
  const bool is_header = !is_page && bytes == kFrameHeader && offset >= self.log_end_;
  self.is_page_next_ = false;
  if (self.has_failed_ || self.has_lost_index()) return SQLITE_IOERR;
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

int WalWriteBuffer::gather(sqlite3_file* file, const void* data, std::size_t size,
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

int WalWriteBuffer::flush(sqlite3_file* file) noexcept {
  // With this code SQLite gives up the whole transaction; after a full disk it may go on with it.
  if (has_failed_ || has_lost_index()) return SQLITE_IOERR;
  if (gathered_ == 0) return SQLITE_OK;
  const auto size = static_cast<int>(gathered_);
  gathered_ = 0;
  const int code = real_log_->xWrite(file, bytes_, size, gathered_at_);
  has_failed_ = code != SQLITE_OK;
  return code;
}

void WalWriteBuffer::drop() noexcept {
  is_page_next_ = false;
  is_commit_ = false;
  has_failed_ = false;
  log_end_ = 0;
  gathered_ = 0;
}

}  // namespace dblog::crash
