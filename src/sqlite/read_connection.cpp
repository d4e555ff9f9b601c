// How a database is opened for reading, and what can be in the way.
#include "src/sqlite/read_connection.hpp"

#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

#include "src/schema/schema.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/sqlite/migration.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/sqlite_error.hpp"

namespace dblog::sqlite {
namespace {

constexpr std::chrono::seconds kLockWait{2};
constexpr std::string_view kMagic{"SQLite format 3\0", 16};

// What one can know without opening: closing a descriptor of ours would drop the locks that the
// process's other connections have on the file (fcntl(2)).
std::optional<base::Error> check_file(const std::filesystem::path& file, struct stat& status) {
  if (::stat(file.c_str(), &status) != 0) {
    const int reason = errno;
    if (reason == ENOENT || reason == ENOTDIR) {
      return base::Error{base::ErrorCode::not_found, file, "no such file; --db names another one"};
    }
    return base::Error{reason == EACCES ? base::ErrorCode::permission : base::ErrorCode::io, file,
                       std::generic_category().message(reason)};
  }
  if (!S_ISREG(status.st_mode)) {
    return base::Error{base::ErrorCode::not_a_database, file,
                       S_ISDIR(status.st_mode)
                           ? "is a directory, not a database; --db names a file in it"
                           : "is not a regular file; --db names another one"};
  }
  if (::access(file.c_str(), R_OK) != 0) {
    return base::Error{
        base::ErrorCode::permission, file,
        "may not be read by this user; run as its owner, or name another one with --db"};
  }
  return std::nullopt;
}

constexpr const char* kNotADatabase =
    "is not an SQLite database; move it away, or name another one with --db or $DBLOG_DB";

struct Header {
  bool is_database = false;
  bool is_wal = false;
};

// https://www.sqlite.org/fileformat.html, "The Database Header": byte 19 is 2 for WAL. Read through
// SQLite's own descriptor, for the reason given at check_file().
std::optional<Header> read_header(SQLite::Database& connection) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
          SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr) {
    return std::nullopt;
  }
  std::array<char, 20> bytes{};
  const int code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return std::nullopt;
  return Header{std::string_view(bytes.data(), kMagic.size()) == kMagic, bytes[19] == 2};
}

}  // namespace

base::Result<ReadConnection> ReadConnection::open(const std::filesystem::path& database) {
  struct stat status;
  if (auto error = check_file(database, status)) return *error;
  // SQLite puts -wal beside the file that a symbolic link leads to.
  base::Result<std::filesystem::path> file = existing_database(database);
  if (!file) return file.error();
  ReadConnection connection{database, *std::move(file)};
  if (auto error = connection.open_first(status.st_size)) return *error;
  if (auto error = connection.refuse_unknown_version()) return *error;
  const auto odd = connection.read([](SQLite::Database& sqlite) -> base::Result<std::string> {
    return find_odd_table(sqlite).value_or("");
  });
  if (!odd) return odd.error();
  if (!odd->empty()) {
    return base::Error{
        base::ErrorCode::not_a_database, database,
        "the table " + *odd +
            " in it is a view or has computed columns, which dblog does not make; it is "
            "not read"};
  }
  return connection;
}

std::optional<base::Error> ReadConnection::refuse_unknown_version() {
  bool is_ours = false;
  const auto version = read([&is_ours](SQLite::Database& sqlite) -> base::Result<int> {
    is_ours = has_table(sqlite, "crashes", "uuid");
    return sqlite.execAndGet("PRAGMA user_version").getInt();
  });
  if (!version) return version.error();
  if (*version <= schema::kVersion) return std::nullopt;
  if (!is_ours) {
    return base::Error{
        base::ErrorCode::not_a_database, name_,
        "is an SQLite database, but not one of dblog's; name another one with --db or $DBLOG_DB"};
  }
  return base::Error{base::ErrorCode::newer_schema, name_,
                     "is of schema " + std::to_string(*version) + ", this dblog knows up to " +
                         std::to_string(schema::kVersion) +
                         "; use a newer dblog, or name another one with --db"};
}

std::optional<base::Error> ReadConnection::open_first(off_t file_size) {
  if (auto error = open_with_locks()) return error;
  const std::optional<Header> header = read_header(**connection_);
  if (!header) return base::Error{base::ErrorCode::io, name_, "cannot be read"};
  // Empty is a database in which nothing was ever recorded.
  if (!header->is_database && file_size != 0) {
    return base::Error{base::ErrorCode::not_a_database, name_, kNotADatabase};
  }
  return header->is_wal ? open_immutable() : std::nullopt;
}

std::optional<base::Error> ReadConnection::open_immutable() {
  // In this order: what comes into the file later comes through a log, and shows as a change.
  if (::stat(file_.c_str(), &seen_) != 0 || has_log()) return std::nullopt;
  return open_for(Access::read_immutable);
}

std::optional<base::Error> ReadConnection::open_with_locks() {
  struct stat status;
  const bool is_of_others = ::stat(file_.c_str(), &status) == 0 && status.st_uid != ::geteuid();
  return open_for(is_of_others ? Access::read_others : Access::read);
}

std::optional<base::Error> ReadConnection::open_for(Access access) {
  is_immutable_ = false;
  try {
    connection_ = std::make_unique<RetryingDatabase>(file_.native(), access, kLockWait);
    is_immutable_ = access == Access::read_immutable;
    return std::nullopt;
  } catch (const StoreError& failure) {
    return failure.error();
  } catch (const SQLite::Exception& exception) {
    return explain(exception);
  }
}

bool ReadConnection::has_log() const {
  struct stat log;
  return ::stat((file_.native() + "-wal").c_str(), &log) == 0 && log.st_size > 0;
}

bool ReadConnection::has_changed() const {
  if (has_log()) return true;
  struct stat current;
  if (::stat(file_.c_str(), &current) != 0) return false;
  return current.st_ino != seen_.st_ino || current.st_size != seen_.st_size ||
         current.st_mtim.tv_sec != seen_.st_mtim.tv_sec ||
         current.st_mtim.tv_nsec != seen_.st_mtim.tv_nsec;
}

void ReadConnection::begin(RetryBackoff::Clock::duration longest) {
  connection_->start(longest).exec("BEGIN");
}

void ReadConnection::end() noexcept { (void)(**connection_).tryExec("ROLLBACK"); }

base::Error ReadConnection::explain(const SQLite::Exception& exception) const {
  const std::string detail = std::string(exception.getErrorStr()) + " (SQLite " +
                             std::to_string(exception.getExtendedErrorCode()) + ")";
  switch (exception.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {base::ErrorCode::busy, name_,
              "is locked by another program; try again when it is done"};
    case SQLITE_NOTADB:
      return {base::ErrorCode::not_a_database, name_, kNotADatabase};
    case SQLITE_CORRUPT:
      return {base::ErrorCode::not_a_database, name_,
              "is damaged; 'sqlite3 FILE .recover' may save its rows"};
    case SQLITE_INTERRUPT:
      return sqlite_error(SQLITE_INTERRUPT, 0, "", name_);
    case SQLITE_IOERR:
      if (exception.getExtendedErrorCode() != SQLITE_IOERR_ACCESS) break;
      return {base::ErrorCode::permission, name_,
              "has a journal that names other files; if you know where it comes from, finish what "
              "was begun with the sqlite3 shell, else remove it"};
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      if (auto refused = refuse_side_files_of_others(file_)) return *std::move(refused);
      if (!has_log()) {
        return {base::ErrorCode::permission, name_,
                "was left in the middle of a write, which only a user who may write there can "
                "finish: run 'sqlite3 FILE .tables' as that user"};
      }
      return {base::ErrorCode::permission, name_,
              "has a -wal file, and its -shm file cannot be made here; copy the database with its "
              "-wal file to where you may write, and name the copy with --db"};
    case SQLITE_NOMEM:
      return {base::ErrorCode::io, name_, "not enough memory to read it"};
    default:
      break;
  }
  return {base::ErrorCode::io, name_, "cannot be read: " + detail};
}

}  // namespace dblog::sqlite
