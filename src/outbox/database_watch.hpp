// Sleeps until another process may have changed the database, for `dblog flush --watch`.
//
// The kernel tells of writes to the database and its write-ahead log (inotify), and of files with
// their names that appear in the directory; other files there may be written as often as they like
// (a log, the output of strace). `PRAGMA data_version` on a connection that stays open tells
// whether a transaction of others came with the writes.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "dblog/event.hpp"
#include "src/base/result.hpp"
#include "src/outbox/outbox_database.hpp"

namespace dblog::outbox {

class DatabaseWatch {
 public:
  static base::Result<std::unique_ptr<DatabaseWatch>> open(const std::filesystem::path& database);
  ~DatabaseWatch();
  DatabaseWatch(const DatabaseWatch&) = delete;
  DatabaseWatch& operator=(const DatabaseWatch&) = delete;

  /// Changes whenever another connection has committed.
  base::Result<std::int64_t> version();

  /// The earliest time in the future at which a row is due; nothing if none waits for its time.
  base::Result<std::optional<Timestamp>> next_due(const std::string& channel, Timestamp now);

  /// When the first of the leases of other processes ends; nothing if they have none.
  base::Result<std::optional<Timestamp>> next_lease_end(const std::string& channel, Timestamp now);

  /// The highest id that a message ever had.
  base::Result<std::int64_t> newest_message();

  /// Returns when `wake` becomes readable, or after `limit`, whatever is written meanwhile.
  void pause(std::chrono::milliseconds limit, int wake);

  /// Returns when the files were written, when `wake` becomes readable, or after `limit`.
  void wait(std::chrono::milliseconds limit, int wake);

  /// How often the kernel has woken wait() so far.
  [[nodiscard]] std::int64_t wake_ups() const noexcept { return wake_ups_; }

 private:
  DatabaseWatch(std::unique_ptr<OutboxDatabase> database, std::filesystem::path path, int inotify);
  void watch_files();
  bool take_events();

  std::unique_ptr<OutboxDatabase> database_;
  const std::filesystem::path path_;
  const int inotify_;
  const int directory_;
  std::int64_t wake_ups_ = 0;
};

}  // namespace dblog::outbox
