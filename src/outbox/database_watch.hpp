// Sleeps until somebody may have changed the database, for `dblog flush --watch`.
//
// The kernel tells of writes in the database's directory (inotify): to the database, its
// write-ahead log, and black boxes. `PRAGMA data_version` on a connection that stays open tells
// whether a transaction of others came with them.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "dblog/event.hpp"
#include "src/outbox/outbox_database.hpp"
#include "src/result/result.hpp"

namespace dblog::outbox {

class DatabaseWatch {
 public:
  static Result<std::unique_ptr<DatabaseWatch>> open(const std::filesystem::path& database);
  ~DatabaseWatch();
  DatabaseWatch(const DatabaseWatch&) = delete;
  DatabaseWatch& operator=(const DatabaseWatch&) = delete;

  /// Changes whenever another connection has committed.
  Result<std::int64_t> version();

  /// The earliest time in the future at which a row is due; nothing if none waits for its time.
  Result<std::optional<Timestamp>> next_due(const std::string& channel, Timestamp now);

  /// The highest id that a message ever had.
  Result<std::int64_t> newest_message();

  /// Returns when `wake` becomes readable, or after `limit`, whatever is written meanwhile.
  void pause(std::chrono::milliseconds limit, int wake);

  /// Returns when the files were written, when `wake` becomes readable, or after `limit`.
  void wait(std::chrono::milliseconds limit, int wake);

 private:
  DatabaseWatch(std::unique_ptr<OutboxDatabase> database, int inotify);
  void forget_events();

  std::unique_ptr<OutboxDatabase> database_;
  const int inotify_;
};

}  // namespace dblog::outbox
