// Batches of queued rows: their rows and the note how far their queue is committed, as one
// transaction. Exactly once, whatever dies in between and however many try: a row before the noted
// position is not added again.
// Used by the store's connection only. Throws SQLite::Exception and StoreError.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/sqlite/bulk_insert.hpp"
#include "src/store/event_facts.hpp"
#include "src/store/event_runs.hpp"
#include "src/store/event_tables.hpp"
#include "src/store/own_process.hpp"
#include "src/store/queued_rows.hpp"

namespace dblog::store {

class QueuedInserts {
 public:
  QueuedInserts(SQLite::Database& database, EventTables& event_tables,
                EventFactsWriter& event_facts, EventRuns& event_runs, ProcessWriter& process)
      : database_(database),
        event_tables_(event_tables),
        event_facts_(event_facts),
        event_runs_(event_runs),
        process_(process) {}

  /// All rows but those that their own table refuses (a constraint of the user's, another shape),
  /// which are counted.
  QueuedOutcome insert(const QueuedBatch& batch);

  /// How far the database has the queue; 0 if it does not know it.
  std::uint64_t committed(const std::string& queue);

  /// The queue's file is gone. Its note is deleted a day later, when the disk must know that, too.
  void finish(const std::string& queue, const std::string& now, const std::string& day_ago);

 private:
  using Rows = std::vector<const QueuedRow*>;

  std::int64_t insert_together(const QueuedBatch& batch);
  QueuedOutcome insert_one_by_one(const QueuedBatch& batch);
  void write_process(const QueuedBatch& batch);
  void insert_rows(const QueuedBatch& batch, std::size_t table, const Rows& rows);
  void note_runs(const QueuedBatch& batch, std::size_t table, const Rows& rows, std::int64_t last);
  void insert_rows(const sqlite::TableName& table, const Rows& rows);
  void insert_together(const sqlite::TableName& table, std::span<const QueuedRow* const> rows);
  void insert_one(const sqlite::TableName& table, const QueuedRow& row);
  sqlite::BulkInsert& bulk_insert(const sqlite::TableName& table);
  void forget(const QueuedBatch& batch);
  void note_committed(const std::string& queue, std::uint64_t position);

  SQLite::Database& database_;
  EventTables& event_tables_;
  EventFactsWriter& event_facts_;
  EventRuns& event_runs_;
  ProcessWriter& process_;
  std::map<std::string, sqlite::BulkInsert, std::less<>> bulk_inserts_;
  std::optional<SQLite::Statement> find_, note_;
};

}  // namespace dblog::store
