#include "src/store/queued_inserts.hpp"

#include <sqlite3.h>

#include <algorithm>

#include "src/schema/schema.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/sqlite/statement_use.hpp"
#include "src/sqlite/transaction.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::store {
namespace {

// As of event tables: names that a program makes up as it goes must not fill the memory.
constexpr std::size_t kMaxPreparedBatches = 16;

std::string_view date_of(const QueuedRow& row) { return row.date.data(); }

// What waiting does not change: the row is at fault, or its table.
bool is_refusal(const SQLite::Exception& failure) {
  const int code = failure.getErrorCode() & 0xFF;
  return code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG || code == SQLITE_MISMATCH;
}

}  // namespace

QueuedOutcome QueuedInserts::insert(const QueuedBatch& batch) {
  try {
    return {insert_together(batch), 0, {}};
  } catch (const sqlite::StoreError& failure) {
    forget(batch);
    if (failure.error().code != base::ErrorCode::invalid_argument) throw;
  } catch (const SQLite::Exception& failure) {
    forget(batch);
    if (!is_refusal(failure)) throw;
  } catch (...) {
    forget(batch);
    throw;
  }
  return insert_one_by_one(batch);
}

std::int64_t QueuedInserts::insert_together(const QueuedBatch& batch) {
  sqlite::Transaction transaction(database_);
  const std::uint64_t done = committed(batch.queue);
  std::vector<Rows> by_table(batch.tables.size());
  std::int64_t inserted = 0;
  for (const QueuedRow& row : batch.rows) {
    if (row.position < done) continue;
    by_table.at(row.table).push_back(&row);
    ++inserted;
  }
  if (inserted > 0) write_process(batch);
  for (std::size_t table = 0; table < by_table.size(); ++table) {
    if (!by_table[table].empty()) insert_rows(batch, table, by_table[table]);
  }
  if (batch.end > done) note_committed(batch.queue, batch.end);
  transaction.commit();
  return inserted;
}

QueuedOutcome QueuedInserts::insert_one_by_one(const QueuedBatch& batch) {
  QueuedOutcome outcome;
  const auto refuse = [&](const char* why) {
    if (outcome.rejected++ == 0) outcome.reason = why;
    forget(batch);
  };
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const QueuedRow& row = batch.rows[i];
    const bool is_last = i + 1 == batch.rows.size();
    const std::uint64_t end = is_last ? batch.end : batch.rows[i + 1].position;
    try {
      sqlite::Transaction transaction(database_);
      if (row.position < committed(batch.queue)) continue;
      write_process(batch);
      insert_rows(batch, row.table, {&row});
      note_committed(batch.queue, end);
      transaction.commit();
      ++outcome.inserted;
      continue;
    } catch (const sqlite::StoreError& failure) {
      if (failure.error().code != base::ErrorCode::invalid_argument) throw;
      refuse(failure.error().why.c_str());
    } catch (const SQLite::Exception& failure) {
      if (!is_refusal(failure)) throw;
      refuse(failure.what());
    }
    sqlite::Transaction transaction(database_);
    note_committed(batch.queue, end);
    transaction.commit();
  }
  return outcome;
}

void QueuedInserts::write_process(const QueuedBatch& batch) {
  if (batch.process) return process_.write(*batch.process);
  if (!process_.is_written()) process_.write();
}

void QueuedInserts::insert_rows(const QueuedBatch& batch, std::size_t table, const Rows& rows) {
  insert_rows(batch.tables.at(table), rows);
  note_runs(batch, table, rows, database_.getLastInsertRowid());
}

// `last`: the id of the last of the rows, which have those before it.
void QueuedInserts::note_runs(const QueuedBatch& batch, std::size_t table, const Rows& rows,
                              std::int64_t last) {
  const auto id_of = [&](auto row) { return last - (rows.end() - 1 - row); };
  for (auto first = rows.begin(); first != rows.end();) {
    const std::int32_t offset = (*first)->utc_offset_seconds;
    const auto end = std::find_if(
        first, rows.end(), [&](const QueuedRow* row) { return row->utc_offset_seconds != offset; });
    const Origin origin{batch.process_id, offset};
    if (batch.process) {
      event_runs_.add_whole(batch.tables[table], id_of(first), id_of(end - 1), origin);
    } else {
      event_runs_.add(batch.tables[table], id_of(first), id_of(end - 1), origin);
    }
    first = end;
  }
}

// In order: those between two rows with facts together, since only a single insert tells the id.
void QueuedInserts::insert_rows(const sqlite::TableName& table, const Rows& rows) {
  std::span<const QueuedRow* const> rest{rows};
  while (!rest.empty()) {
    const auto has_facts = [](const QueuedRow* row) { return row->facts != nullptr; };
    const auto next = std::find_if(rest.begin(), rest.end(), has_facts);
    const auto plain = static_cast<std::size_t>(next - rest.begin());
    insert_together(table, rest.first(plain));
    if (next != rest.end()) insert_one(table, **next);
    rest = rest.subspan(std::min(plain + 1, rest.size()));
  }
}

void QueuedInserts::insert_together(const sqlite::TableName& table,
                                    std::span<const QueuedRow* const> rows) {
  std::size_t next = 0;
  std::array<std::string, sqlite::BulkInsert::kRows> repaired;  // where the bytes were not UTF-8
  while (rows.size() - next >= sqlite::BulkInsert::kRows) {
    sqlite::BulkInsert& bulk = bulk_insert(table);
    for (std::size_t i = 0; i < sqlite::BulkInsert::kRows; ++i, ++next) {
      std::string_view message = rows[next]->message;
      if (!text::is_utf8(message)) message = repaired[i] = text::as_utf8(std::string(message));
      bulk.bind(i, message, date_of(*rows[next]));
    }
    try {
      bulk.run();
    } catch (const SQLite::Exception& failure) {
      if (failure.getErrorCode() == SQLITE_FULL) {
        event_tables_.refuse_used_up_ids(table, sqlite::BulkInsert::kRows);
      }
      throw;
    }
  }
  for (; next < rows.size(); ++next) insert_one(table, *rows[next]);
}

void QueuedInserts::insert_one(const sqlite::TableName& table, const QueuedRow& row) {
  const std::int64_t id = event_tables_.insert(table, text::as_utf8(std::string(row.message)),
                                               std::string(date_of(row)));
  if (row.facts != nullptr) event_facts_.insert(table, id, *row.facts);
}

sqlite::BulkInsert& QueuedInserts::bulk_insert(const sqlite::TableName& table) {
  const auto known = bulk_inserts_.find(table.text());
  if (known != bulk_inserts_.end()) return known->second;
  event_tables_.make_or_check(table);
  if (bulk_inserts_.size() >= kMaxPreparedBatches) bulk_inserts_.clear();
  return bulk_inserts_.emplace(table.text(), sqlite::BulkInsert(database_.getHandle(), table))
      .first->second;
}

// What is known of the tables may have been rolled back or changed by others.
void QueuedInserts::forget(const QueuedBatch& batch) {
  for (const sqlite::TableName& table : batch.tables) {
    event_tables_.forget(table);
    event_runs_.forget(table);
    bulk_inserts_.erase(table.text());
  }
}

std::uint64_t QueuedInserts::committed(const std::string& queue) {
  if (!find_) find_.emplace(database_, schema::kFindQueue);
  const sqlite::StatementUse row(*find_);
  row->bindNoCopy(1, queue);
  if (!row->executeStep()) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, row->getColumn(0).getInt64()));
}

void QueuedInserts::note_committed(const std::string& queue, std::uint64_t position) {
  if (!note_) note_.emplace(database_, schema::kNoteQueue);
  const sqlite::StatementUse row(*note_);
  row->bindNoCopy(1, queue);
  row->bind(2, static_cast<std::int64_t>(position));
  row->exec();
}

void QueuedInserts::finish(const std::string& queue, const std::string& now,
                           const std::string& day_ago) {
  sqlite::Transaction transaction(database_);
  SQLite::Statement mark(database_, schema::kFinishQueue);
  mark.bind(1, queue);
  mark.bind(2, now);
  mark.exec();
  SQLite::Statement remove(database_, schema::kForgetQueues);
  remove.bind(1, day_ago);
  remove.exec();
  transaction.commit();
}

}  // namespace dblog::store
