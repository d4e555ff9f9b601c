// The file is written under a name of its own, then renamed: rename(2) is atomic and replaces a
// symbolic link instead of following it.
#include "src/monitor/config_file.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "src/base/descriptor.hpp"
#include "src/base/parent_directory.hpp"
#include "src/base/trusted_file.hpp"

namespace dblog::monitor {
namespace {

constexpr const char* kDirectoryName = "config";
constexpr const char* kFileName = "config.json";

base::Error system_error(int number, const std::filesystem::path& where) {
  const std::string why = std::generic_category().message(number);
  switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return {base::ErrorCode::permission, where.string(),
              why + "; allow this user to write there"};
    case ENOSPC:
    case EDQUOT:
      return {base::ErrorCode::disk_full, where.string(), why + "; free some space"};
    case ENOENT:
      return {base::ErrorCode::not_found, where.string(), why + "; make that directory first"};
    case ENOTDIR:
    case EISDIR:
      return {base::ErrorCode::io, where.string(), why + "; move away what has this name"};
    default:
      return {base::ErrorCode::io, where.string(), why};
  }
}

bool others_can_write(int directory) {
  struct stat status {};
  if (::fstat(directory, &status) != 0) return true;
  const bool is_foreign = status.st_uid != ::geteuid() && status.st_uid != 0;
  return is_foreign || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

bool is_symbolic_link(int directory, const char* name) {
  struct stat status {};
  return ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

// Where others could put files, or take them away, nothing is read or written.
base::Result<base::Descriptor> trusted(base::Descriptor directory,
                                       const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(directory.number(), &status) != 0) return system_error(errno, path);
  const base::Distrust why = base::judge_directory(status);
  if (why == base::Distrust::none) return directory;
  if (why == base::Distrust::writable_by_others) {
    return base::Error{base::ErrorCode::permission, path.string(),
                       "can be written by others; run 'chmod go-w " + path.string() + "'"};
  }
  return base::Error{base::ErrorCode::permission, path.string(), base::text_of(why)};
}

base::Result<base::Descriptor> open_config_directory(const std::filesystem::path& parent_path) {
  const std::filesystem::path path = parent_path / kDirectoryName;
  const base::Descriptor parent{
      base::ParentDirectory{path.c_str()}.open(".", O_PATH | O_DIRECTORY)};
  if (!parent.is_open()) return system_error(errno, parent_path);
  if (::mkdirat(parent.number(), kDirectoryName, 0700) != 0 && errno != EEXIST) {
    return system_error(errno, path);
  }
  constexpr int kFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  base::Descriptor directory{::openat(parent.number(), kDirectoryName, kFlags | O_NOFOLLOW)};
  if (directory.is_open()) return trusted(std::move(directory), path);
  const int why = errno;
  if (!is_symbolic_link(parent.number(), kDirectoryName)) return system_error(why, path);
  if (others_can_write(parent.number())) {
    return base::Error{base::ErrorCode::permission, path.string(),
                       "is a symbolic link in a directory that other users can write, so it is not "
                       "followed; make it a directory"};
  }
  base::Descriptor target{::openat(parent.number(), kDirectoryName, kFlags)};
  if (!target.is_open()) return system_error(errno, path);
  return trusted(std::move(target), path);
}

base::Error unreadable(int number, const std::filesystem::path& path) {
  return {base::ErrorCode::permission, path.string(),
          "cannot be read, so it is left alone: " + std::generic_category().message(number) +
              "; allow this user to read it, or move it away"};
}

// The name is a common one: what stands there and has none of our keys is another program's, and so
// is a link, or what others can write.
std::optional<base::Error> refuse_present_file(int config, const std::filesystem::path& path) {
  constexpr std::string_view kOurKey = "\"cpu_frequency\"";
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const base::Descriptor file{::openat(config, kFileName, kFlags)};
  const base::Error foreign{
      base::ErrorCode::io, path.string(),
      "is another program's, and left alone; give the database a directory of its own if "
      "the machine's facts are wanted"};
  if (!file.is_open() && errno == ENOENT) return std::nullopt;
  if (!file.is_open()) return errno == ELOOP ? foreign : unreadable(errno, path);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return unreadable(errno, path);
  if (base::judge_file(status) != base::Distrust::none) return foreign;
  std::string text(64 * 1024, '\0');
  const ssize_t size = ::read(file.number(), text.data(), text.size());
  if (size < 0) return unreadable(errno, path);
  text.resize(static_cast<std::size_t>(size));
  if (text.empty() || text.find(kOurKey) != std::string::npos) return std::nullopt;
  return foreign;
}

/// A name that no other writer has: process ids repeat where containers share a directory.
std::string temporary_name() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) number = 0;
  char name[48];
  std::snprintf(name, sizeof name, ".%s.%016llx", kFileName,
                static_cast<unsigned long long>(number));
  return name;
}

bool write_whole_text(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

base::Result<std::filesystem::path> write_config_file(const std::filesystem::path& directory,
                                                      std::string_view text) {
  const std::filesystem::path parent = directory.empty() ? "." : directory;
  const std::filesystem::path path = parent / kDirectoryName / kFileName;
  const base::Result<base::Descriptor> opened = open_config_directory(parent);
  if (!opened) return opened.error();
  const int config = opened->number();
  if (const auto refused = refuse_present_file(config, path)) return *refused;
  const std::string temporary = temporary_name();
  base::Descriptor file{::openat(config, temporary.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!file.is_open()) return system_error(errno, path);
  if (!write_whole_text(file.number(), text) || !file.close() ||
      ::renameat(config, temporary.c_str(), config, kFileName) != 0) {
    const int why = errno;
    ::unlinkat(config, temporary.c_str(), 0);
    return system_error(why, path);
  }
  return path;
}

}  // namespace dblog::monitor
