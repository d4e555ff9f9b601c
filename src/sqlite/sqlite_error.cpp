// The words for every way in which a database can fail.
#include "src/sqlite/sqlite_error.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "src/sqlite/database_place.hpp"
#include "src/sqlite/retry_backoff.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::sqlite {
namespace {

constexpr std::size_t kMaxMessageCharacters = 300;

std::string errno_text(int error) { return std::generic_category().message(error); }

bool may(const std::string& path, int mode) noexcept {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

bool has_free_descriptor() noexcept {
  const int descriptor = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) ::close(descriptor);
  return descriptor >= 0 || (errno != EMFILE && errno != ENFILE);
}

// SQLite does not say why it could not open or write a file; the usual reasons can be looked up.
base::Error access_error(int system_errno, const std::string& message, const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().native();
  if (auto refused = refuse_distrusted_files(path)) return *std::move(refused);
  if (!may(directory, F_OK)) {
    return {base::ErrorCode::not_found, path,
            "the directory is gone; make it again or set $DBLOG_DB to another place"};
  }
  if (!may(directory, W_OK | X_OK)) {
    return {base::ErrorCode::permission, path,
            "the directory is not writable, and SQLite keeps its -wal file there; make it writable "
            "or set $DBLOG_DB to another place"};
  }
  if (may(path, F_OK) && !may(path, R_OK | W_OK)) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && status.st_uid == 0 && ::geteuid() != 0) {
      return {base::ErrorCode::permission, path,
              "belongs to root; run 'sudo chown " + std::to_string(::geteuid()) + ' ' + path +
                  "*', or set $DBLOG_DB to another place"};
    }
    return {base::ErrorCode::permission, path,
            "the file is not writable; change its permissions or set $DBLOG_DB to another place"};
  }
  if (!has_free_descriptor()) {
    return {base::ErrorCode::io, path, kTooManyOpenFiles};
  }
  if (system_errno == EACCES || system_errno == EPERM || system_errno == EROFS) {
    return {base::ErrorCode::permission, path,
            errno_text(system_errno) + "; make it writable or set $DBLOG_DB to another place"};
  }
  return {base::ErrorCode::io, path, system_errno != 0 ? errno_text(system_errno) : message};
}

base::Error full_error(int system_errno, const std::string& path) {
  if (system_errno == EFBIG) {
    return {base::ErrorCode::disk_full, path,
            "the process's file size limit is reached; raise it (ulimit -f)"};
  }
  if (system_errno == EDQUOT) {
    return {base::ErrorCode::disk_full, path, "the disk quota is used up; free some space"};
  }
  return {base::ErrorCode::disk_full, path, "the disk is full; free some space"};
}

}  // namespace

bool is_out_of_space(int system_errno) noexcept {
  return system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG;
}

base::Error sqlite_error(int extended_code, int system_errno, const std::string& raw_message,
                         const std::string& raw_path) {
  const std::string message = text::one_line(raw_message, kMaxMessageCharacters);
  const std::string path = text::one_line(raw_path, raw_path.size());
  switch (extended_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return {base::ErrorCode::busy, path,
              "another program has the database locked; end its transaction, or try again later"};
    case SQLITE_FULL:
      return full_error(system_errno, path);
    case SQLITE_IOERR:
      if (extended_code == SQLITE_IOERR_ACCESS) {
        return {base::ErrorCode::permission, path,
                "a journal beside it names other files; if you know where it comes from, finish "
                "what was begun with the sqlite3 shell, else remove it"};
      }
      if (is_out_of_space(system_errno)) return full_error(system_errno, path);
      return {
          base::ErrorCode::io, path,
          "cannot be read or written: " + (system_errno != 0 ? errno_text(system_errno) : message)};
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return access_error(system_errno, message, raw_path);
    case SQLITE_NOTADB:
      return {base::ErrorCode::not_a_database, path,
              "is not an SQLite database; move it away or set $DBLOG_DB to another file"};
    case SQLITE_CORRUPT:
      return {base::ErrorCode::not_a_database, path,
              "the database is damaged; move it away, and rescue its rows with sqlite3 and "
              "'.recover'"};
    case SQLITE_TOOBIG:
      return {base::ErrorCode::invalid_argument, path,
              "the message is larger than SQLite's limit (1 GB); shorten it"};
    case SQLITE_INTERRUPT:
      return {base::ErrorCode::busy, path,
              work_is_stopped.load()
                  ? "the work on it was stopped by a signal"
                  : "the work on it took too long and was stopped; look at its views and triggers"};
    case SQLITE_NOMEM:
      return {base::ErrorCode::io, path, "out of memory"};
    case SQLITE_CONSTRAINT:
      return {base::ErrorCode::invalid_argument, path,
              "the table refuses the row (" + message + "); remove its rule or use another table"};
    default:
      return {base::ErrorCode::io, path, message};
  }
}

}  // namespace dblog::sqlite
