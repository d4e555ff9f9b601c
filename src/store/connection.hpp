// One opened, migrated database with its prepared statements.
// Used by Store only, by one thread at a time. Throws SQLite::Exception and StoreError.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>

#include "handlers/sqlite/wal_write_buffer.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/retry_backoff.hpp"
#include "src/sqlite/transaction.hpp"
#include "src/store/commit_group.hpp"
#include "src/store/event_facts.hpp"
#include "src/store/event_runs.hpp"
#include "src/store/event_stacks.hpp"
#include "src/store/event_tables.hpp"
#include "src/store/own_process.hpp"
#include "src/store/queued_inserts.hpp"
#include "src/store/rows.hpp"

namespace dblog::store {

class Connection {
 public:
  /// Opens `path`, which prepare_database_place() gave, and brings it up to date. Waits as long as
  /// `backoff` does; it must outlive the connection and is also used by its other functions.
  /// Throws SQLite::Exception only if the file cannot be opened at all.
  Connection(const std::string& path, sqlite::RetryBackoff& backoff);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// One transaction; the id of the row in its table.
  std::int64_t insert(const EventRow& row);
  /// One transaction for the request and all that follow it; each gets its id and is marked as
  /// committed.
  void insert(CommitGroup::Request* first);
  /// One transaction; the id in hw_logs.
  std::int64_t insert(const HardwareRow& row);
  /// One transaction; if a table refuses rows, one for each row.
  QueuedOutcome insert(const QueuedBatch& batch);

  std::uint64_t committed_of_queue(const std::string& queue) {
    return queued_inserts_.committed(queue);
  }

  /// One transaction each.
  void make_table(const sqlite::TableName& table);
  void finish_queue(const std::string& queue, const std::string& now, const std::string& day_ago) {
    queued_inserts_.finish(queue, now, day_ago);
  }

  /// The process ends by its own will: notes that, without waiting for other writers, and copies
  /// the log as checkpoint() does.
  void leave() noexcept;

  [[nodiscard]] SQLite::Database& sqlite() noexcept { return database_; }

  [[nodiscard]] sqlite::GuardedDatabase::Place place(struct stat& found) const noexcept {
    return opened_.place(found);
  }

  /// The program has closed what SQLite had open: nothing can be read or written here any more.
  [[nodiscard]] bool has_lost_descriptors() const noexcept {
    return opened_.has_lost_descriptors();
  }

  /// What belongs to the database at the path was deleted, replaced or changed by others.
  [[nodiscard]] crash::WalWriteBuffer& files() noexcept { return wal_buffer_; }

  /// Another program truncated the log's index: this connection writes nothing any more.
  [[nodiscard]] bool has_lost_index() const noexcept { return wal_buffer_.has_lost_index(); }

  /// Copies the rows from the write-ahead log into the database file as far as no other connection
  /// needs the log; otherwise changes nothing. Whether there were any, and all are there.
  bool checkpoint() noexcept;

  /// From here on, closing writes nothing: rows in the log stay there for the next to open it.
  void close_without_writing() noexcept;

  /// The errno of the last failure, 0 if it is not known.
  [[nodiscard]] int system_errno() const noexcept;

 private:
  std::int64_t insert_parts(const EventRow& row);
  std::int64_t insert_alone(const EventRow& row);
  void forget(const sqlite::TableName& table);
  std::int64_t insert_hardware(const HardwareRow& row);
  void insert_outbox(const AlertRow& alert, const EventRow& source, std::int64_t source_id);
  SQLite::Statement& prepared(std::optional<SQLite::Statement>& statement, const char* sql);

  crash::WalWriteBuffer wal_buffer_;
  sqlite::GuardedDatabase opened_;
  SQLite::Database& database_;
  EventTables event_tables_;
  EventStackWriter event_stacks_;
  EventFactsWriter event_facts_;
  EventRuns event_runs_;
  ProcessWriter process_;
  QueuedInserts queued_inserts_;
  std::optional<sqlite::TransactionStatements> transaction_;
  std::optional<SQLite::Statement> hardware_, hardware_details_, outbox_;
};

}  // namespace dblog::store
