// Sleeps until another process may have changed the database, for `dblog flush --watch`.
//
// A FileWatch tells of writes; `PRAGMA data_version` on a connection that stays open tells whether
// a transaction of others came with them.
#pragma once

#include <poll.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "dblog/event.hpp"
#include "src/base/result.hpp"
#include "src/outbox/file_watch.hpp"
#include "src/outbox/outbox_database.hpp"

namespace dblog::outbox {

class DatabaseWatch {
 public:
  static base::Result<std::unique_ptr<DatabaseWatch>> open(const std::filesystem::path& database);

  /// Changes whenever another connection has committed.
  base::Result<std::int64_t> version();

  /// The earliest time in the future at which a row is due; nothing if none waits for its time.
  base::Result<std::optional<Timestamp>> next_due(const std::string& channel, Timestamp now);

  /// When the first of the leases of other processes ends; nothing if they have none.
  base::Result<std::optional<Timestamp>> next_lease_end(const std::string& channel, Timestamp now);

  /// The highest id that a message ever had.
  base::Result<std::int64_t> newest_message();

  /// Returns when `wake` becomes readable, or after `limit`, whatever is written meanwhile.
  void pause(std::chrono::milliseconds limit, int wake) { files_->pause(limit, wake); }

  /// Returns when the files were written, when `wake` becomes readable, or after `limit`.
  void wait(std::chrono::milliseconds limit, int wake) { files_->wait(limit, {{wake, POLLIN, 0}}); }

  /// How often the kernel has woken wait() so far.
  [[nodiscard]] std::int64_t wake_ups() const noexcept { return files_->wake_ups(); }

 private:
  DatabaseWatch(std::unique_ptr<OutboxDatabase> database, std::unique_ptr<FileWatch> files)
      : database_(std::move(database)), files_(std::move(files)) {}

  std::unique_ptr<OutboxDatabase> database_;
  std::unique_ptr<FileWatch> files_;
};

}  // namespace dblog::outbox
