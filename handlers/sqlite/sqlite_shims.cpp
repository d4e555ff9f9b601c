// What the private SQLite calls in place of the C library's functions, by symbol: the build
// renames its open to dblog_crash_shim_open and so on (cmake/make_private_sqlite).
// Context: crash time. Must never allocate, lock or touch errno after success.
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "handlers/sqlite/private_sqlite.hpp"
#include "handlers/sqlite/wal_write_buffer.hpp"
#include "src/base/open_file_place.hpp"
#include "src/base/text_buffer.hpp"
#include "src/base/trusted_file.hpp"

extern "C" {
int dblog_crash_shim_open(const char* path, int flags, ...);
int dblog_crash_shim_fcntl(int descriptor, int command, ...);
int dblog_crash_shim_close(int descriptor);
int dblog_crash_shim_usleep(unsigned microseconds);
unsigned dblog_crash_shim_sleep(unsigned seconds);
char* dblog_crash_shim_getenv(const char* name);
}

namespace {

// The database, its -wal and its -shm, and as many again for a database that replaced it.
struct OpenFile {
  int descriptor;
  bool has_locks;  // SQLite locks the database and -shm, never -wal or -journal
  dev_t device;
  ino_t inode;
};
constexpr std::size_t kMaxOpenFiles = 8;
OpenFile open_files[kMaxOpenFiles];
std::size_t open_file_count = 0;
dblog::base::OpenedFile database;
char database_directory[PATH_MAX];
int log_descriptor = -1;
int log_index_descriptor = -1;
char refusal[512];

void remember(int descriptor, std::string_view path) noexcept {
  struct stat status;
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return;
  if (path.ends_with("-wal")) log_descriptor = descriptor;
  if (path.ends_with("-shm")) log_index_descriptor = descriptor;
  const bool is_log = path.ends_with("-wal") || path.ends_with("-journal");
  if (!is_log && !path.ends_with("-shm")) {
    database = {descriptor, status.st_dev, status.st_ino};
    dblog::base::TextBuffer{database_directory} << path.substr(0, path.rfind('/') + 1);
  }
  if (open_file_count == kMaxOpenFiles) return;
  const bool has_locks = !is_log;
  open_files[open_file_count++] = {descriptor, has_locks, status.st_dev, status.st_ino};
}

void refuse(const char* path, dblog::base::Distrust why) noexcept {
  dblog::base::TextBuffer{refusal} << path << ' ' << dblog::base::text_of(why);
}

OpenFile* find(int descriptor) noexcept {
  for (std::size_t i = 0; i < open_file_count; ++i) {
    if (open_files[i].descriptor == descriptor) return &open_files[i];
  }
  return nullptr;
}

bool is_directory(const char* path) noexcept {
  struct stat status;
  return ::stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_intact(const OpenFile& file) noexcept {
  struct stat status;
  return ::fstat(file.descriptor, &status) == 0 && status.st_dev == file.device &&
         status.st_ino == file.inode;
}

}  // namespace

// SQLite would make its files 0644 less the umask, and take those of others; a database of crashes
// is private. (It asks for /dev/urandom, too, and makes do without.) It opens
// directories only to sync them when it has begun a -wal, which may take longer than all the rest
// of a crash: it makes do without, and the directory is synced at install.
int dblog_crash_shim_open(const char* path, int flags, ...) {
  if ((flags & (O_CREAT | O_ACCMODE)) == O_RDONLY && is_directory(path)) {
    errno = EACCES;
    return -1;
  }
  dblog::base::Distrust why;
  const int descriptor = dblog::base::open_trusted(path, flags, why);
  if (descriptor >= 0) remember(descriptor, path);
  if (why != dblog::base::Distrust::none) refuse(path, why);
  return descriptor;
}

// POSIX locks belong to the process, so two copies of SQLite in one process do not exclude each
// other with them. Open-file-description locks (Linux 3.15) belong to the descriptor, and do
// exclude the POSIX locks of others, this process's included.
int dblog_crash_shim_fcntl(int descriptor, int command, ...) {
  std::va_list arguments;
  va_start(arguments, command);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  switch (command) {
    case F_SETLK:
      command = F_OFD_SETLK;
      break;
    case F_SETLKW:
      command = F_OFD_SETLKW;
      break;
    case F_GETLK:
      command = F_OFD_GETLK;
      break;
    default:
      return ::fcntl(descriptor, command, argument);
  }
  static_cast<struct flock*>(argument)->l_pid = 0;  // required by fcntl(2) for OFD commands
  return ::fcntl(descriptor, command, argument);
}

// Closing any descriptor of a file drops all POSIX locks that the process has on it, those of the
// program's own SQLite too (fcntl(2)). So what has locks stays open until the process ends.
int dblog_crash_shim_close(int descriptor) {
  OpenFile* file = find(descriptor);
  if (file != nullptr) {
    if (file->has_locks) return 0;
    *file = open_files[--open_file_count];
  }
  return ::close(descriptor);
}

int dblog_crash_shim_usleep(unsigned microseconds) {
  const timespec duration{static_cast<time_t>(microseconds / 1'000'000),
                          static_cast<long>(microseconds % 1'000'000) * 1'000};
  return ::clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, nullptr);
}

unsigned dblog_crash_shim_sleep(unsigned seconds) {
  dblog_crash_shim_usleep(seconds * 1'000'000);
  return 0;
}

// SQLite asks for SQLITE_TMPDIR and TMPDIR; the crash connection makes no temporary files.
char* dblog_crash_shim_getenv(const char* name) {
  (void)name;
  return nullptr;
}

namespace dblog::crash {

void release_private_sqlite_locks() noexcept {
  struct flock whole {};
  whole.l_type = F_UNLCK;
  whole.l_whence = SEEK_SET;
  for (std::size_t i = 0; i < open_file_count; ++i) {
    if (is_intact(open_files[i])) ::fcntl(open_files[i].descriptor, F_OFD_SETLK, &whole);
  }
}

bool private_sqlite_has_left(const char* path) noexcept {
  return base::has_left_its_place(database, path, database_directory);
}

bool private_sqlite_has_open(const char* path) noexcept {
  for (std::size_t i = 0; i < open_file_count; ++i) {
    if (!is_intact(open_files[i])) return false;
  }
  return !private_sqlite_has_left(path);
}

void close_private_sqlite_descriptors() noexcept {
  for (std::size_t i = 0; i < open_file_count; ++i) {
    if (is_intact(open_files[i])) ::close(open_files[i].descriptor);
  }
  open_file_count = 0;
}

void forget_private_sqlite_descriptors() noexcept {
  open_file_count = 0;
  refusal[0] = '\0';
  database = {};
  log_descriptor = -1;
  log_index_descriptor = -1;
}

// Where the index has them: https://sqlite.org/walformat.html#the_wal_index_header
std::int64_t private_sqlite_log_used() noexcept {
  constexpr off_t kPageSizeAt = 14;
  constexpr std::int64_t kLogHeader = 32;
  constexpr std::int64_t kFrameHeader = dblog::crash::WalWriteBuffer::kFrameHeader;
  unsigned char bytes[6];
  if (::pread(log_index_descriptor, bytes, sizeof bytes, kPageSizeAt) != sizeof bytes) return -1;
  std::uint16_t page_size = 0;
  std::uint32_t last_frame = 0;
  std::memcpy(&page_size, bytes, sizeof page_size);
  std::memcpy(&last_frame, bytes + sizeof page_size, sizeof last_frame);
  if (last_frame == 0) return 0;
  const std::int64_t page = page_size == 1 ? 65'536 : page_size;
  return kLogHeader + std::int64_t{last_frame} * (kFrameHeader + page);
}

const char* private_sqlite_refusal() noexcept { return refusal; }

std::int64_t private_sqlite_log_size() noexcept {
  struct stat status;
  return ::fstat(log_descriptor, &status) == 0 ? std::int64_t{status.st_size} : -1;
}

// With zeros in blocks of their own: into what is merely reserved, a write has to change the file's
// map, and syncing it takes as long as if the file grew.
void private_sqlite_extend_log(std::int64_t size) noexcept {
  static constexpr char kZeros[16 * 1024] = {};
  std::int64_t end = private_sqlite_log_size();
  while (end >= 0 && end < size) {
    const auto wanted = static_cast<std::size_t>(size - end);
    const ssize_t written =
        ::pwrite(log_descriptor, kZeros, wanted < sizeof kZeros ? wanted : sizeof kZeros, end);
    if (written <= 0) return;
    end += written;
  }
}

void private_sqlite_sync_log() noexcept { ::fdatasync(log_descriptor); }

}  // namespace dblog::crash
