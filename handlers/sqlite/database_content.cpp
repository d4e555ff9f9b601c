// The index's format: https://sqlite.org/walformat.html
// Context: crash time.
#include "handlers/sqlite/database_content.hpp"

#include <time.h>

#include <cstring>

#include "src/base/bare_stat.hpp"
#include "src/base/fnv1a.hpp"

namespace dblog::crash {
namespace {

constexpr std::size_t kLogHeader = 32;
constexpr std::size_t kFrameHeader = 24;
constexpr std::size_t kBackfilled = 96;     // how many frames are in the database
constexpr std::size_t kFirstNumbers = 136;  // of pages, in the index's first region
constexpr std::size_t kNumbers = 4096;      // in each region
constexpr std::size_t kNumbersOfFirst = 4096 - kFirstNumbers / 4;

std::uint32_t number_at(const void* bytes, std::size_t offset) noexcept {
  std::uint32_t number;
  std::memcpy(&number, static_cast<const unsigned char*>(bytes) + offset, sizeof number);
  return number;
}

std::uint64_t hash_of(const unsigned char* page, std::size_t size) noexcept {
  base::Fnv1a hash;
  for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, page + at, sizeof word);
    hash.add_word(word);
  }
  return hash.value() == 0 ? 1 : hash.value();
}

// The page that a frame of the log has; 0: not known here.
std::uint32_t page_of(const DatabaseContent::Files& files, std::size_t frame) noexcept {
  std::size_t region = 0;
  std::size_t offset = kFirstNumbers + 4 * (frame - 1);
  if (frame > kNumbersOfFirst) {
    region = 1 + (frame - kNumbersOfFirst - 1) / kNumbers;
    offset = 4 * ((frame - kNumbersOfFirst - 1) % kNumbers);
  }
  const void* const mapped = region < files.regions ? files.index[region].load() : nullptr;
  return mapped == nullptr ? 0 : number_at(mapped, offset);
}

// File systems note times in steps of some milliseconds: a later change may have the same.
bool is_long_ago(const timespec& time) noexcept {
  constexpr std::int64_t kLong = 100'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return (now.tv_sec - time.tv_sec) * std::int64_t{1'000'000'000} + now.tv_nsec - time.tv_nsec >
         kLong;
}

}  // namespace

struct DatabaseContent::IndexHeader {
  std::uint32_t version, unused, change;
  std::uint8_t is_complete, has_big_endian_sums;
  std::uint16_t short_page_size;
  std::uint32_t frames, pages;
  std::array<std::uint32_t, 2> frame_sum, salt, sum;

  [[nodiscard]] std::size_t page_size() const noexcept {
    return short_page_size == 1 ? 65536 : short_page_size;
  }
};

// Without waiting: a crash may have interrupted the other one.
class DatabaseContent::Turn {
 public:
  explicit Turn(DatabaseContent& content) noexcept
      : flag_(content.is_in_use_), is_mine_(!flag_.test_and_set()) {}
  ~Turn() {
    if (is_mine_) flag_.clear();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  explicit operator bool() const noexcept { return is_mine_; }

 private:
  std::atomic_flag& flag_;
  bool is_mine_;
};

// While it is held, SQLite writes nothing into the file.
class DatabaseContent::CheckpointLock {
 public:
  explicit CheckpointLock(const Files& files) noexcept
      : files_(files), is_held_(change(SQLITE_SHM_LOCK) == SQLITE_OK) {}
  ~CheckpointLock() {
    if (is_held_) change(SQLITE_SHM_UNLOCK);
  }
  CheckpointLock(const CheckpointLock&) = delete;
  CheckpointLock& operator=(const CheckpointLock&) = delete;
  explicit operator bool() const noexcept { return is_held_; }

 private:
  int change(int how) const noexcept {
    constexpr int kLock = 1;  // https://sqlite.org/walformat.html#wal_locks
    return files_.database_calls->xShmLock(files_.database, kLock, 1, how | SQLITE_SHM_EXCLUSIVE);
  }
  const Files& files_;
  bool is_held_;
};

bool DatabaseContent::Known::is_unchanged(const struct stat& status) const noexcept {
  return status.st_mtim.tv_sec == time.tv_sec && status.st_mtim.tv_nsec == time.tv_nsec &&
         status.st_size == size;
}

// There are two copies, which differ while one is written.
bool DatabaseContent::read_header(const Files& files, IndexHeader& header) noexcept {
  static_assert(sizeof header == 48);
  const void* const index = files.index[0].load();
  if (index == nullptr || files.log == nullptr) return false;
  IndexHeader second;
  std::memcpy(&header, index, sizeof header);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  std::memcpy(&second, static_cast<const unsigned char*>(index) + sizeof header, sizeof second);
  return std::memcmp(&header, &second, sizeof header) == 0 && header.is_complete != 0 &&
         header.page_size() >= 512;
}

bool DatabaseContent::read_known(const Files& files, const IndexHeader& header,
                                 Known& known) noexcept {
  struct stat status;
  if (base::bare_stat(files.path, &status) != 0 || status.st_dev != files.device ||
      status.st_ino != files.inode) {
    return false;
  }
  const std::size_t size = header.page_size();
  const auto all = static_cast<std::size_t>(status.st_size) / size;
  std::size_t pages = kBufferSize / size < kPages ? kBufferSize / size : kPages;
  if (all < pages) pages = all;
  const int bytes = static_cast<int>(pages * size);
  if (bytes > 0 &&
      files.database_calls->xRead(files.database, files.buffer, bytes, 0) != SQLITE_OK) {
    return false;
  }
  known = Known{};
  known.inode = status.st_ino;
  known.device = status.st_dev;
  known.is_settled = is_long_ago(status.st_mtim);
  known.time = status.st_mtim;
  known.size = status.st_size;
  known.salt = header.salt;
  for (std::size_t i = 0; i < pages; ++i) {
    known.pages[i] = hash_of(files.buffer + i * size, size);
  }
  return true;
}

// A checkpoint copies pages from the log, and truncates what is behind the last.
bool DatabaseContent::is_explained(const Files& files, const IndexHeader& header, std::size_t page,
                                   std::uint64_t hash) noexcept {
  const std::size_t size = header.page_size();
  for (std::size_t frame = header.frames; frame > 0; --frame) {
    const std::uint32_t number = page_of(files, frame);
    if (number == 0) return true;  // not known
    if (number != page) continue;
    if (hash == 0) return true;
    const std::size_t offset = kLogHeader + (frame - 1) * (kFrameHeader + size) + kFrameHeader;
    const int code = files.log_calls->xRead(files.log, files.buffer, static_cast<int>(size),
                                            static_cast<sqlite3_int64>(offset));
    if (code != SQLITE_OK || hash_of(files.buffer, size) == hash) return true;
  }
  return hash == 0 && page > header.pages;
}

bool DatabaseContent::differs_from_log(const Files& files, const IndexHeader& header,
                                       const Known& present) const noexcept {
  if (header.salt != known_.salt) {
    // All is in the file, so its first page says how many pages there are (file format, 1.3.8).
    const bool is_all_in_file = number_at(files.index[0].load(), kBackfilled) == header.frames;
    std::uint32_t pages = 0;
    for (std::size_t i = 28; i < 32; ++i) pages = pages << 8U | files.buffer[i];
    return is_all_in_file && header.pages != 0 && present.pages[0] != 0 && pages != header.pages;
  }
  for (std::size_t i = 0; i < kPages; ++i) {
    const bool is_same = known_.pages[i] == 0 || present.pages[i] == known_.pages[i];
    if (!is_same && !is_explained(files, header, i + 1, present.pages[i])) return true;
  }
  return false;
}

bool DatabaseContent::is_overwritten(const Files& files, const struct stat& database) noexcept {
  const Turn turn{*this};
  IndexHeader header;
  if (!turn || database.st_ino != files.inode || !read_header(files, header)) return false;
  const bool is_known = known_.is_same_file(files);
  const bool is_unchanged = is_known && known_.is_unchanged(database);
  if (is_unchanged && (header.salt == known_.salt || known_.is_settled)) {
    known_.salt = header.salt;
    return false;
  }
  const CheckpointLock lock{files};
  Known present;
  if (!lock || !read_header(files, header) || !read_known(files, header, present)) return false;
  if (is_known && !is_unchanged && differs_from_log(files, header, present)) {
    IndexHeader now;
    return read_header(files, now) && now.salt == header.salt;
  }
  known_ = present;
  return false;
}

void DatabaseContent::read_again(const Files& files) noexcept {
  IndexHeader header;
  if (!read_header(files, header) || !read_known(files, header, known_)) known_ = Known{};
}

void DatabaseContent::remember(const Files& files) noexcept {
  const Turn turn{*this};
  const CheckpointLock lock{files};
  if (turn && lock) read_again(files);
}

void DatabaseContent::remember_checkpoint(const Files& files) noexcept {
  const Turn turn{*this};
  if (turn) read_again(files);
}

void DatabaseContent::follow_log(const Files& files) noexcept {
  const Turn turn{*this};
  IndexHeader header;
  if (!turn || !known_.is_same_file(files) || !read_header(files, header)) return;
  if (header.salt == known_.salt) return;
  struct stat status;
  if (known_.is_settled && base::bare_stat(files.path, &status) == 0 &&
      status.st_ino == known_.inode && known_.is_unchanged(status)) {
    known_.salt = header.salt;
    return;
  }
  const CheckpointLock lock{files};
  if (lock) read_again(files);
}

void DatabaseContent::learn_from(const DatabaseContent& other) noexcept {
  const Turn turn{*this};
  const bool is_same = known_.inode == other.known_.inode && known_.device == other.known_.device;
  if (turn && is_same) known_ = other.known_;
}

void DatabaseContent::forget() noexcept {
  const Turn turn{*this};
  if (turn) known_ = Known{};
}

}  // namespace dblog::crash
