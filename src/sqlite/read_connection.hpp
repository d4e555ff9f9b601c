// A connection for reading, that leaves no file behind and changes none.
// SQLite itself would make -wal and -shm files for a reader of a WAL database, and, as a reader
// may not remove them, leave them there: for root, in another user's directory.
//
// So a database whose -wal is absent or empty is opened as immutable: no process uses it, and
// SQLite takes no locks. If one begins to meanwhile, the read is done again, with locks.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "src/base/result.hpp"
#include "src/sqlite/guarded_database.hpp"

namespace dblog::sqlite {

class ReadConnection {
 public:
  static base::Result<ReadConnection> open(const std::filesystem::path& database);

  /// Calls body(SQLite::Database&) within one transaction, a second time if a writer came
  /// during the first. `body` returns a Result and may throw SQLite::Exception; it may work for
  /// `longest`.
  template <typename Body>
  auto read(Body body, RetryBackoff::Clock::duration longest = RetryBackoff::kLongestWork)
      -> decltype(body(std::declval<SQLite::Database&>())) {
    if (is_immutable_) {
      auto result = attempt(body, longest);
      if (!has_changed()) return result;
      if (auto error = open_with_locks()) return *error;
    }
    return attempt(body, longest);
  }

 private:
  ReadConnection(std::filesystem::path name, std::filesystem::path file)
      : name_(std::move(name)), file_(std::move(file)) {}

  std::optional<base::Error> open_first(off_t file_size);
  std::optional<base::Error> refuse_unknown_version();
  std::optional<base::Error> open_immutable();
  std::optional<base::Error> open_with_locks();
  std::optional<base::Error> open_for(Access access);
  bool has_log() const;
  bool has_changed() const;
  void begin(RetryBackoff::Clock::duration longest);
  void end() noexcept;
  base::Error explain(const SQLite::Exception& exception) const;

  template <typename Body>
  auto attempt(Body& body, RetryBackoff::Clock::duration longest)
      -> decltype(body(std::declval<SQLite::Database&>())) {
    try {
      begin(longest);
      auto result = body(**connection_);
      end();
      return result;
    } catch (const SQLite::Exception& exception) {
      end();
      return explain(exception);
    }
  }

  std::filesystem::path name_;  ///< As the caller gave it, for errors.
  std::filesystem::path file_;
  std::unique_ptr<RetryingDatabase> connection_;
  bool is_immutable_ = false;
  struct stat seen_ = {};  ///< The file before the first read, when immutable.
};

}  // namespace dblog::sqlite
