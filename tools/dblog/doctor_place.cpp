#include "tools/dblog/doctor_place.hpp"

#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <system_error>

#include "src/reader/file_check.hpp"
#include "src/recovery/waiting_files.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/database_place.hpp"
#include "tools/dblog/counted_text.hpp"

namespace dblog::tool {
namespace {

namespace fs = std::filesystem;

// A black box and a queue take some megabytes, a crash some 100 kB.
constexpr std::uint64_t kBytesOfFew = 16'000'000;
constexpr std::uint64_t kBytesOfMany = 200'000'000;
constexpr std::uint64_t kFewFiles = 100;

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
  return text;
}

Check check_database(const fs::path& database) {
  Check check{"database", CheckState::problem, {}};
  const auto place = sqlite::check_database_place(database);
  if (!place) {
    check.found = place.error().text();
    return check;
  }
  struct stat status {};
  if (::stat(place->c_str(), &status) != 0) {
    check.state = CheckState::ok;
    check.found = place->string() + ": not there yet; the first program makes it";
    return check;
  }
  const auto content = reader::check_file(*place);
  if (!content) {
    check.found = content.error().text();
  } else if (!content->damage.empty()) {
    check.found = place->string() + ": is damaged: " + content->damage;
    check.advice = "Move it away with its -wal file; 'sqlite3 FILE .recover' may save its rows";
  } else if (::access(place->c_str(), W_OK) != 0) {
    check.found = place->string() + ": may not be written by this user";
    check.advice = "Run as its owner, or name another one with --db or $DBLOG_DB";
  } else {
    check.state = CheckState::ok;
    check.found = place->string() + ": schema " + std::to_string(content->schema) +
                  (content->schema < schema::kVersion
                       ? ", which the next program brings to " + std::to_string(schema::kVersion)
                       : "") +
                  ", " + megabytes(status.st_size) + ", mode " + octal(status.st_mode) + ", user " +
                  std::to_string(status.st_uid);
  }
  return check;
}

std::optional<Check> check_waiting(const fs::path& database) {
  const recovery::WaitingFiles files = recovery::find_waiting_files(database);
  if (files.foreign > 0) {
    return Check{"files of processes", CheckState::warning,
                 counted(static_cast<std::int64_t>(files.foreign), "file") +
                     " beside the database of other users, or that others can write: not imported",
                 "Let all programs of a database run as one user"};
  }
  if (files.count() == 0) return std::nullopt;
  return Check{"files of processes", CheckState::warning,
               counted(static_cast<std::int64_t>(files.count()), "file") +
                   " of dead processes beside the database to be imported",
               "Run 'dblog recover'; the next program does it, too"};
}

const char* network_name(const fs::path& directory) {
  struct statfs status {};
  if (::statfs(directory.c_str(), &status) != 0) return nullptr;
  constexpr std::uint32_t kCifs = 0xFF534D42;  // headers of older kernels do not have these two
  constexpr std::uint32_t kSmb2 = 0xFE534D42;
  switch (static_cast<std::uint32_t>(status.f_type)) {
    case NFS_SUPER_MAGIC:
      return "NFS";
    case SMB_SUPER_MAGIC:
    case kCifs:
    case kSmb2:
      return "SMB";
    case V9FS_MAGIC:
      return "9p";
    case AFS_SUPER_MAGIC:
      return "AFS";
    case 0x00C36400:
      return "Ceph";
    default:
      return nullptr;
  }
}

Check check_directory(const fs::path& directory) {
  Check check{"directory", CheckState::problem, directory.string()};
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    check.found += ": no such directory";
    check.advice = "Make it: dblog makes the database, not its directory";
  } else if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    check.found += ": this user may make no files there";
    check.advice = "SQLite and the black boxes need files beside the database";
  } else if (const char* const network = network_name(directory)) {
    check.state = CheckState::warning;
    check.found += std::string{": on "} + network;
    check.advice =
        "SQLite's log (WAL) does not work between machines: let only one machine use this database";
  } else {
    check.state = CheckState::ok;
    check.found += ": mode " + octal(status.st_mode) + ", user " + std::to_string(status.st_uid);
  }
  return check;
}

std::optional<std::uint64_t> file_size_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::nullopt;
  }
  return limit.rlim_cur;
}

Check check_disk(const fs::path& directory) {
  Check check{"disk", CheckState::ok, {}};
  struct statvfs status {};
  if (::statvfs(directory.c_str(), &status) != 0) {
    return {"disk", CheckState::warning, "its free space cannot be told"};
  }
  const std::uint64_t free = std::uint64_t{status.f_bavail} * status.f_frsize;
  const bool counts_files = status.f_files > 0;
  check.found = megabytes(static_cast<std::int64_t>(free)) + " free";
  if (counts_files) check.found += ", room for " + std::to_string(status.f_favail) + " files";
  const auto limit = file_size_limit();
  if (limit) {
    check.found +=
        ", files of " + megabytes(static_cast<std::int64_t>(*limit)) + " at most (ulimit -f)";
  }
  const bool is_full = free < kBytesOfFew || (counts_files && status.f_favail == 0) ||
                       (limit && *limit < kBytesOfFew);
  const bool is_tight = free < kBytesOfMany || (counts_files && status.f_favail < kFewFiles) ||
                        (limit && *limit < kBytesOfMany);
  if (is_full || is_tight) {
    check.state = is_full ? CheckState::problem : CheckState::warning;
    check.advice = "Make room, or keep fewer rows (DBLOG_MAX_DAYS, DBLOG_MAX_MB; 'dblog prune')";
  }
  return check;
}

}  // namespace

Checks check_place(const fs::path& database) {
  std::error_code failed;
  const fs::path directory = fs::absolute(database, failed).parent_path();
  Checks checks{check_database(database), check_directory(directory)};
  if (auto waiting = check_waiting(database)) checks.push_back(*std::move(waiting));
  checks.push_back(check_disk(directory));
  return checks;
}

}  // namespace dblog::tool
