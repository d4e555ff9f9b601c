// The connection's settings, and rows as bound statements.
#include "src/store/connection.hpp"

#include <sqlite3.h>

#include "src/base/uuid.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/migration.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/sqlite/statement_use.hpp"
#include "src/store/views.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::store {
namespace {

void bind_known(SQLite::Statement& statement, int index, std::int64_t value) {
  if (value == base::HardwareSample::kUnknown) {
    statement.bind(index);
  } else {
    statement.bind(index, value);
  }
}

void bind_known(SQLite::Statement& statement, int index, double value) {
  if (value < 0) {
    statement.bind(index);
  } else {
    statement.bind(index, value);
  }
}

void bind_known(SQLite::Statement& statement, int index, const char* text) {
  if (text[0] == '\0') {
    statement.bind(index);
  } else {
    statement.bind(index, text);
  }
}

void bind_details(SQLite::Statement& row, std::int64_t id, const base::HardwareSample& sample) {
  row.bind(1, id);
  int index = 2;
  for (const double value : {sample.load_1, sample.load_5, sample.load_15, sample.uptime_seconds}) {
    bind_known(row, index++, value);
  }
  for (const std::int64_t value :
       {sample.threads, sample.open_files, sample.open_files_limit, sample.memory_total,
        sample.memory_available, sample.swap_total, sample.swap_free, sample.cgroup_memory_current,
        sample.cgroup_memory_max, sample.cgroup_pids_current, sample.cgroup_pids_max}) {
    bind_known(row, index++, value);
  }
  for (const double value : {sample.pressure_cpu, sample.pressure_memory, sample.pressure_io}) {
    bind_known(row, index++, value);
  }
}

}  // namespace

Connection::Connection(const std::string& path, sqlite::RetryBackoff& backoff)
    : opened_(path, sqlite::Access::write, backoff, &wal_buffer_),
      database_(*opened_),
      event_tables_(database_, path),
      event_stacks_(database_),
      event_facts_(database_),
      event_runs_(database_),
      process_(database_),
      queued_inserts_(database_, event_tables_, event_facts_, event_runs_, process_) {
  try {
    sqlite::bring_up_to_date(database_, path, backoff);
    keep_views_current(database_, path);
    transaction_.emplace(database_);
    wal_buffer_.remember_content();
  } catch (const SQLite::Exception& failure) {
    // The reason is only known while the database is open.
    const base::Error error =
        sqlite::sqlite_error(failure.getExtendedErrorCode(), system_errno(), failure.what(), path);
    close_without_writing();
    throw sqlite::StoreError(error);
  } catch (const sqlite::StoreError&) {
    close_without_writing();
    throw;
  }
}

Connection::~Connection() = default;

std::int64_t Connection::insert(const EventRow& row) {
  const bool is_alone = !row.stack && !row.facts && !row.hardware && !row.alert;
  try {
    // One statement is a transaction by itself.
    if (is_alone && event_tables_.is_known(row.table) && process_.is_written() &&
        event_runs_.is_going_on(row.table, row.origin)) {
      return insert_alone(row);
    }
    sqlite::Transaction transaction(database_, *transaction_);
    if (!process_.is_written()) process_.write();
    const std::int64_t id = insert_parts(row);
    transaction.commit();
    process_.confirm();
    return id;
  } catch (...) {
    forget(row.table);
    throw;
  }
}

void Connection::insert(CommitGroup::Request* first) {
  try {
    sqlite::Transaction transaction(database_, *transaction_);
    if (!process_.is_written()) process_.write();
    for (auto* request = first; request != nullptr; request = request->next) {
      request->id = insert_parts(request->row);
    }
    transaction.commit();
    process_.confirm();
  } catch (...) {
    for (auto* request = first; request != nullptr; request = request->next) {
      forget(request->row.table);
    }
    throw;
  }
  for (auto* request = first; request != nullptr; request = request->next) {
    request->state = CommitGroup::State::committed;
  }
}

// Where others wrote in between, its run begins in a second transaction: a failure there does not
// make the event undone.
std::int64_t Connection::insert_alone(const EventRow& row) {
  const std::int64_t id = event_tables_.insert(row.table, text::as_utf8(row.message), row.date);
  try {
    if (event_runs_.continues(row.table, id)) {
      event_runs_.add(row.table, id, id, row.origin);
    } else {
      sqlite::Transaction transaction(database_, *transaction_);
      event_runs_.add(row.table, id, id, row.origin);
      transaction.commit();
    }
  } catch (const SQLite::Exception&) {
    event_runs_.forget(row.table);
  }
  return id;
}

std::int64_t Connection::insert_parts(const EventRow& row) {
  const std::int64_t id = event_tables_.insert(row.table, text::as_utf8(row.message), row.date);
  if (row.stack) {
    event_stacks_.insert(row.table, id, *row.stack, row.origin);
    event_runs_.pass(row.table, id);
  } else {
    event_runs_.add(row.table, id, id, row.origin);
  }
  if (row.facts) event_facts_.insert(row.table, id, *row.facts);
  if (row.hardware) insert_hardware(*row.hardware);
  if (row.alert) insert_outbox(*row.alert, row, id);
  return id;
}

void Connection::forget(const sqlite::TableName& table) {
  event_tables_.forget(table);
  event_runs_.forget(table);
}

QueuedOutcome Connection::insert(const QueuedBatch& batch) {
  QueuedOutcome outcome = queued_inserts_.insert(batch);
  process_.confirm();
  return outcome;
}

void Connection::leave() noexcept {
  try {
    database_.setBusyTimeout(0);
    sqlite::Transaction transaction(database_, *transaction_);
    event_runs_.end_all();
    process_.end();
    transaction.commit();
  } catch (const std::exception&) {
    // Another connection writes just now: that it ended well is not known.
  }
  checkpoint();
}

std::int64_t Connection::insert(const HardwareRow& row) {
  sqlite::Transaction transaction(database_, *transaction_);
  const std::int64_t id = insert_hardware(row);
  transaction.commit();
  return id;
}

void Connection::make_table(const sqlite::TableName& table) {
  if (event_tables_.exists(table)) return;  // a reader waits for no other writer
  sqlite::Transaction transaction(database_, *transaction_);
  event_tables_.make_or_check(table);
  transaction.commit();
}

std::int64_t Connection::insert_hardware(const HardwareRow& row) {
  const std::string task = text::as_utf8(row.task);
  const base::HardwareTexts texts = base::hardware_texts(row.sample);
  const sqlite::StatementUse log(prepared(hardware_, schema::kInsertHardware));
  log->bindNoCopy(1, task);
  log->bind(2, row.process_id);
  int index = 3;
  for (const char* text : {texts.cpu_times, texts.cpu_usage, texts.memory, texts.mem_use}) {
    bind_known(*log, index++, text);
  }
  bind_known(*log, index++, row.sample.read_count);
  bind_known(*log, index++, row.sample.write_count);
  log->bindNoCopy(index, row.date);
  log->exec();
  const std::int64_t id = database_.getLastInsertRowid();

  const sqlite::StatementUse details(prepared(hardware_details_, schema::kInsertHardwareDetails));
  bind_details(*details, id, row.sample);
  if (row.utc_offset_seconds) details->bind(20, *row.utc_offset_seconds);
  details->exec();
  return id;
}

void Connection::insert_outbox(const AlertRow& alert, const EventRow& source,
                               std::int64_t source_id) {
  const std::string subject = text::as_utf8(alert.subject);
  const std::string body = text::as_utf8(source.message);
  for (const std::string& channel : alert.channels) {
    const base::UuidText uuid = base::text_of(base::make_uuid());
    const sqlite::StatementUse row(prepared(outbox_, schema::kInsertOutbox));
    row->bindNoCopy(1, uuid.text);
    row->bindNoCopy(2, channel);
    row->bindNoCopy(3, subject);
    row->bindNoCopy(4, body);
    row->bindNoCopy(5, source.date);
    row->bindNoCopy(6, source.table.text());
    row->bind(7, source_id);
    row->bind(8, alert.utc_offset_seconds);
    int index = 9;
    for (const std::string& text :
         {text::as_utf8(alert.program), text::as_utf8(alert.release), text::as_utf8(alert.host)}) {
      if (!text.empty()) row->bind(index, text);
      ++index;
    }
    row->bind(12, alert.process_id);
    if (alert.thread_id != 0) row->bind(13, alert.thread_id);
    row->exec();
  }
}

SQLite::Statement& Connection::prepared(std::optional<SQLite::Statement>& statement,
                                        const char* sql) {
  if (!statement) statement.emplace(database_, sql);
  return *statement;
}

bool Connection::checkpoint() noexcept {
  int frames = 0;
  int copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_.getHandle(), nullptr,
                                             SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
  return code == SQLITE_OK && frames > 0 && copied == frames;
}

void Connection::close_without_writing() noexcept {
  sqlite3_db_config(database_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

int Connection::system_errno() const noexcept {
  sqlite3* const handle = database_.getHandle();
  if (const int reason = sqlite3_system_errno(handle); reason != 0) return reason;
  // It misses what fails in a COMMIT; the files themselves remember.
  sqlite3_file* log = nullptr;
  int reason = 0;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log != nullptr && log->pMethods != nullptr) {
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &reason);
  }
  if (reason == 0) sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &reason);
  return reason;
}

}  // namespace dblog::store
