#include "src/recovery/dead_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>

namespace dblog::recovery {
namespace {

Error system_error(const std::string& name, int error) {
  const ErrorCode code = error == ENOENT                     ? ErrorCode::not_found
                         : error == EACCES || error == EPERM ? ErrorCode::permission
                         : error == EAGAIN                   ? ErrorCode::busy
                                                             : ErrorCode::io;
  return {code, name, std::generic_category().message(error)};
}

Result<std::size_t> checked_size(const struct stat& status, const std::string& name) {
  const auto refuse = [&name](ErrorCode code, const char* why) { return Error{code, name, why}; };
  if (S_ISLNK(status.st_mode)) {
    return refuse(ErrorCode::invalid_argument, "is a symbolic link; boxes are files");
  }
  if (!S_ISREG(status.st_mode)) {
    return refuse(ErrorCode::invalid_argument, "is not a regular file");
  }
  if (status.st_uid != ::geteuid()) {
    return refuse(ErrorCode::permission,
                  "belongs to another user; let that user run `dblog recover`");
  }
  if (status.st_nlink == 0) return refuse(ErrorCode::not_found, "is gone");
  if (status.st_nlink > 1) {
    return refuse(ErrorCode::invalid_argument, "has a second name; boxes have one");
  }
  return static_cast<std::size_t>(status.st_size);
}

}  // namespace

FilesBeside::FilesBeside(const std::filesystem::path& database) : database_(database) {
  const std::string start = database.filename().string();
  std::error_code error;
  std::filesystem::directory_iterator entry{database.parent_path(), error};
  for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name.starts_with(start)) names_.push_back(std::move(name));
  }
  std::sort(names_.begin(), names_.end());
}

std::vector<std::filesystem::path> FilesBeside::with(std::string_view infix) const {
  const std::string start = database_.filename().string().append(infix);
  std::vector<std::filesystem::path> paths;
  for (const std::string& name : names_) {
    if (name.starts_with(start)) paths.push_back(database_.parent_path() / name);
  }
  return paths;
}

Result<DeadFile> DeadFile::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  // Looked at before it is opened: were it another name of the database, closing it would drop the
  // locks of this process's SQLite.
  struct stat status {};
  if (::lstat(name.c_str(), &status) != 0) return system_error(name, errno);
  if (const auto size = checked_size(status, name); !size) return size.error();
  const int descriptor = ::open(name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return system_error(name, errno);
  DeadFile file{path, descriptor};
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(descriptor, F_OFD_SETLK, &whole) != 0) {
    return Error{ErrorCode::busy, name, "belongs to a process that runs"};
  }
  // Somebody may have imported and deleted it, or put another in its place.
  if (::fstat(descriptor, &status) != 0) return system_error(name, errno);
  const Result<std::size_t> size_under_lock = checked_size(status, name);
  if (!size_under_lock) return size_under_lock.error();
  file.size_ = *size_under_lock;
  file.changed_ = std::chrono::system_clock::from_time_t(status.st_mtime);
  return file;
}

bool DeadFile::is_waiting(const std::filesystem::path& path) {
  const std::string name = path.string();
  struct stat status {};
  if (::lstat(name.c_str(), &status) != 0 || !checked_size(status, name)) return false;
  const int descriptor = ::open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return false;
  const DeadFile file{path, descriptor};
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(descriptor, F_OFD_GETLK, &whole) == 0 && whole.l_type == F_UNLCK;
}

// "LOGS.db-queue-4711-843f1df2-f82c-498f-928f-d798dcadea30": a UUID is 36 characters.
bool DeadFile::is_in_other_hands(const std::filesystem::path& path) {
  constexpr std::size_t kUuidCharacters = 36;
  const std::string name = path.filename().string();
  if (name.size() <= kUuidCharacters + 1) return false;
  const std::size_t end = name.size() - kUuidCharacters - 1;
  const std::size_t start = name.rfind('-', end - 1);
  if (start == std::string::npos) return false;
  pid_t process = 0;
  const auto [stop, failure] = std::from_chars(name.data() + start + 1, name.data() + end, process);
  if (failure != std::errc{} || stop != name.data() + end || process <= 0) return false;
  return ::kill(process, 0) != 0 && errno == ESRCH;
}

Result<std::vector<char>> DeadFile::read(std::size_t limit) const {
  std::vector<char> bytes(std::min(size_, limit));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got =
        ::pread(descriptor_, bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path_.string(), errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

DeadFile::DeadFile(std::filesystem::path path, int descriptor) noexcept
    : path_(std::move(path)), descriptor_(descriptor) {}

DeadFile::DeadFile(DeadFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      changed_(other.changed_) {}

DeadFile::~DeadFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool DeadFile::remove() noexcept { return ::unlink(path_.c_str()) == 0 || errno == ENOENT; }

}  // namespace dblog::recovery
