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

#include "src/base/trusted_file.hpp"
#include "src/sqlite/stored_time.hpp"

namespace dblog::recovery {
namespace {

base::Error system_error(const std::string& name, int error) {
  const base::ErrorCode code = error == ENOENT                     ? base::ErrorCode::not_found
                               : error == EACCES || error == EPERM ? base::ErrorCode::permission
                               : error == EAGAIN                   ? base::ErrorCode::busy
                                                                   : base::ErrorCode::io;
  return {code, name, std::generic_category().message(error)};
}

base::Error refusal(const std::string& name, base::Distrust why) {
  switch (why) {
    case base::Distrust::other_owner:
      return {base::ErrorCode::permission, name,
              "belongs to another user; let that user run `dblog recover`"};
    case base::Distrust::not_regular:
      return {base::ErrorCode::invalid_argument, name,
              "is not a regular file, as boxes and queues are"};
    case base::Distrust::several_links:
      return {base::ErrorCode::invalid_argument, name,
              "has a second name; boxes and queues have one"};
    default:
      return {base::ErrorCode::permission, name, base::text_of(why)};
  }
}

bool lock_whole(int descriptor, int command, struct flock& lock) noexcept {
  lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(descriptor, command, &lock) == 0;
}

}  // namespace

SidecarFiles::SidecarFiles(const std::filesystem::path& database) : database_(database) {
  const std::string start = database.filename().string();
  std::error_code error;
  std::filesystem::directory_iterator entry{database.parent_path(), error};
  for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name.starts_with(start)) names_.push_back(std::move(name));
  }
  std::sort(names_.begin(), names_.end());
}

std::vector<std::filesystem::path> SidecarFiles::with(std::string_view infix) const {
  const std::string start = database_.filename().string().append(infix);
  std::vector<std::filesystem::path> paths;
  for (const std::string& name : names_) {
    if (name.starts_with(start)) paths.push_back(database_.parent_path() / name);
  }
  return paths;
}

// By the owner rule: it is looked at before it is opened. Were it another name of the database,
// closing it would drop the locks of this process's SQLite.
base::Result<DeadFile> DeadFile::open(const std::filesystem::path& path) {
  const std::string name = path.string();
  base::Distrust why = base::Distrust::none;
  const int descriptor = base::open_trusted(name.c_str(), O_RDWR, why);
  if (descriptor < 0) {
    return why == base::Distrust::none ? system_error(name, errno) : refusal(name, why);
  }
  DeadFile file{path, descriptor};
  struct flock lock {};
  if (!lock_whole(descriptor, F_OFD_SETLK, lock)) {
    return base::Error{base::ErrorCode::busy, name, "belongs to a process that runs"};
  }
  // Another process may have imported and deleted it.
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return system_error(name, errno);
  if (status.st_nlink == 0) return base::Error{base::ErrorCode::not_found, name, "is gone"};
  file.size_ = static_cast<std::size_t>(status.st_size);
  file.changed_ = std::chrono::system_clock::from_time_t(status.st_mtime);
  return file;
}

DeadFile::State DeadFile::state_of(const std::filesystem::path& path) {
  base::Distrust why = base::Distrust::none;
  const int descriptor = base::open_trusted(path.c_str(), O_RDONLY, why);
  if (descriptor < 0) {
    const bool is_foreign =
        why == base::Distrust::other_owner || why == base::Distrust::writable_by_others;
    return is_foreign ? State::foreign : State::not_ours;
  }
  const DeadFile file{path, descriptor};
  struct flock lock {};
  if (!lock_whole(descriptor, F_OFD_GETLK, lock)) return State::not_ours;
  return lock.l_type == F_UNLCK ? State::waiting : State::held;
}

// "LOGS.db-queue-4711-843f1df2-f82c-498f-928f-d798dcadea30": a UUID is 36 characters.
bool DeadFile::is_being_imported(const std::filesystem::path& path) {
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

base::Result<std::vector<char>> DeadFile::read(std::size_t limit) const {
  std::vector<char> bytes(std::min(size_, limit));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::pread(descriptor_.number(), bytes.data() + have, bytes.size() - have,
                                static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path_.string(), errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

bool DeadFile::remove() noexcept { return ::unlink(path_.c_str()) == 0 || errno == ENOENT; }

void remove_unfinished(const std::filesystem::path& path) {
  using Clock = std::chrono::system_clock;
  const auto is_old = [](Clock::time_point changed) {
    constexpr std::chrono::minutes kLongerThanAnyInstall{1};
    return sqlite::is_older_than(changed, Clock::now(), kLongerThanAnyInstall);
  };
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !is_old(Clock::from_time_t(status.st_mtime))) return;
  base::Result<DeadFile> file = DeadFile::open(path);
  if (file && is_old(file->changed())) file->remove();
}

}  // namespace dblog::recovery
