// One UPDATE a table, by functions of ours that its SQL calls.
#include "src/grouping/scrub_crashes.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <chrono>
#include <limits>
#include <new>
#include <string>

#include "src/schema/schema.hpp"
#include "src/scrub/rules.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/sqlite_error.hpp"

namespace dblog::grouping {
namespace {

struct Update {
  const char* table;
  const char* sql;
};

// Rows that say no secret are left alone.
constexpr Update kUpdates[] = {
    {"crash_notes",
     "UPDATE crash_notes SET note = scrubbed(note) WHERE crash_id IN (SELECT id FROM crashes WHERE "
     "fingerprint IS NULL AND id BETWEEN ?1 AND ?2) AND note IS NOT scrubbed(note)"},
    {"breadcrumbs",
     "UPDATE breadcrumbs SET msg = scrubbed(msg) WHERE crash_id IN (SELECT id FROM crashes WHERE "
     "fingerprint IS NULL AND id BETWEEN ?1 AND ?2) AND msg IS NOT scrubbed(msg)"},
    {"threads",
     "UPDATE threads SET name = scrubbed(name) WHERE crash_id IN (SELECT id FROM crashes WHERE "
     "fingerprint IS NULL AND id BETWEEN ?1 AND ?2) AND name IS NOT scrubbed(name)"},
    {"crash_fields",
     "UPDATE crash_fields SET value = scrubbed(value, name), type = 'text' WHERE crash_id "
     "IN (SELECT id FROM crashes WHERE fingerprint IS NULL AND id BETWEEN ?1 AND ?2) AND value IS "
     "NOT scrubbed(value, name)"},
    {"hw_logs",
     "UPDATE hw_logs SET task = scrubbed(task) WHERE id IN (SELECT hw_log_id FROM crashes WHERE "
     "fingerprint IS NULL AND id BETWEEN ?1 AND ?2) AND task IS NOT scrubbed(task)"},
    {"outbox",
     "UPDATE outbox SET subject = scrubbed(subject), body = scrubbed(body) WHERE source_table = "
     "'crashes' AND source_id IN (SELECT id FROM crashes WHERE fingerprint IS NULL AND id BETWEEN "
     "?1 AND ?2) AND (subject IS NOT scrubbed(subject) OR body IS NOT scrubbed(body))"},
    {"crashes",
     "UPDATE crashes SET msg = scrubbed(msg), thread_name = scrubbed(thread_name) WHERE id "
     "IN (SELECT id FROM crashes WHERE fingerprint IS NULL AND id BETWEEN ?1 AND ?2) AND (msg IS "
     "NOT scrubbed(msg) OR thread_name IS NOT scrubbed(thread_name))"}};

// scrubbed(value), or scrubbed(value, name): numbers only where the name is secret.
void scrub_value(sqlite3_context* context, int count, sqlite3_value** values) {
  const auto text_of = [](sqlite3_value* value) {
    const auto* const text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return std::string(text != nullptr ? text : "",
                       static_cast<std::size_t>(sqlite3_value_bytes(value)));
  };
  const scrub::Rules* const rules = scrub::active_rules();
  if (rules == nullptr) return sqlite3_result_value(context, values[0]);
  try {
    const bool is_secret = count == 2 && rules->keys().is_secret(text_of(values[1]));
    if (!is_secret && sqlite3_value_type(values[0]) != SQLITE_TEXT) {
      return sqlite3_result_value(context, values[0]);
    }
    const std::string clean = is_secret ? scrub::kScrubbed : rules->scrubbed(text_of(values[0]));
    sqlite3_result_text64(context, clean.data(), clean.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  }
}

bool has_new_crashes(SQLite::Database& database) {
  return database.execAndGet("SELECT EXISTS (SELECT 1 FROM crashes WHERE fingerprint IS NULL)")
             .getInt() != 0;
}

}  // namespace

void scrub_new_crashes(SQLite::Database& database, std::int64_t first, std::int64_t last) {
  if (scrub::active_rules() == nullptr) return;
  for (const int count : {1, 2}) {
    database.createFunction("scrubbed", count, true, nullptr, &scrub_value);
  }
  for (const Update& one : kUpdates) {
    if (!sqlite::has_table(database, one.table)) continue;
    SQLite::Statement update{database, one.sql};
    update.bind(1, first);
    update.bind(2, last);
    update.exec();
  }
}

std::optional<base::Error> scrub_crashes(const std::filesystem::path& path) {
  constexpr std::chrono::seconds kLockWait{5};
  if (scrub::active_rules() == nullptr) return std::nullopt;
  try {
    const auto file = sqlite::existing_database(path);
    if (!file) return file.error();
    sqlite::RetryingDatabase opened{file->native(), sqlite::Access::write, kLockWait};
    SQLite::Database& database = opened.start();
    const bool is_present = database.execAndGet("PRAGMA user_version").getInt() == schema::kVersion;
    if (!is_present || !has_new_crashes(database)) return std::nullopt;
    SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
    scrub_new_crashes(database, 0, std::numeric_limits<std::int64_t>::max());
    transaction.commit();
    return std::nullopt;
  } catch (const sqlite::StoreError& failure) {
    return failure.error();
  } catch (const SQLite::Exception& failure) {
    return sqlite::sqlite_error(failure.getExtendedErrorCode(), 0, failure.what(), path.native());
  }
}

}  // namespace dblog::grouping
