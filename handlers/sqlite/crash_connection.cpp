// Context: crash time.
#include "handlers/sqlite/crash_connection.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <string_view>

#include "handlers/sqlite/crash_rows.hpp"
#include "handlers/sqlite/crash_statements.hpp"
#include "handlers/sqlite/private_sqlite.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/base/text_buffer.hpp"
#include "src/base/trusted_file.hpp"
#include "src/schema/schema.hpp"

namespace dblog::crash {
namespace {

constexpr const char* kSql[kStatements] = {
    "BEGIN IMMEDIATE",
    schema::kInsertHardware,
    schema::kInsertHardwareDetails,
    schema::kInsertCrash,
    schema::kInsertFrame,
    schema::kInsertThread,
    schema::kInsertRegister,
    schema::kInsertBreadcrumb,
    schema::kInsertCrashField,
    schema::kInsertCrashNote,
    schema::kInsertCrashNoexcept,
    schema::kInsertOutbox,
    schema::kFindCrash,
    schema::kInsertProcess,
    schema::kEndProcess,
    "COMMIT",
    "ROLLBACK",
};

// SQLite calls it when another connection holds the lock: 1 means "try again".
std::int64_t wait_until_ns;
std::int64_t work_until_ns;
int wait_for_lock(void*, int) noexcept {
  if (base::monotonic_nanoseconds() >= wait_until_ns) return 0;
  base::pause_for_a_millisecond();
  return 1;
}

// Triggers of a hostile database never end. At crash time the deadline is there first; the importer
// has no other.
int end_late_work(void*) noexcept { return base::monotonic_nanoseconds() >= work_until_ns ? 1 : 0; }

void begin_task(std::int64_t give_up_at_ns) noexcept {
  constexpr std::int64_t kLongestWork = 30'000 * base::kNanosecondsPerMillisecond;
  wait_until_ns = give_up_at_ns;
  work_until_ns = give_up_at_ns + kLongestWork;
}

bool execute(const char* sql, ConnectionError& error) noexcept {
  const int code = dblog_crash_sqlite3_exec(connection.database, sql, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return true;
  return fail(error, dblog_crash_sqlite3_extended_errcode(connection.database));
}

// The first number of the first row; -1: it could not be read.
std::int64_t number_from(const char* sql, ConnectionError& error) noexcept {
  sqlite3_stmt* statement = nullptr;
  std::int64_t number = -1;
  int code = dblog_crash_sqlite3_prepare_v3(connection.database, sql, -1, 0, &statement, nullptr);
  if (code == SQLITE_OK) code = dblog_crash_sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    number = dblog_crash_sqlite3_column_int64(statement, 0);
  } else {
    fail(error, code);
  }
  dblog_crash_sqlite3_finalize(statement);
  return number;
}

std::int64_t schema_version(ConnectionError& error) noexcept {
  return number_from("PRAGMA user_version", error);
}

const char* synchronous_sql(const ProcessFacts& facts) noexcept {
  return facts.sync_to_disk ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
}

bool refuse_newer(std::int64_t version, ConnectionError& error) noexcept {
  error.is_newer_schema = true;
  base::TextBuffer{error.text} << "the database has schema version " << version
                               << ", made by a newer dblog; this one knows "
                               << std::int64_t{schema::kVersion}
                               << "; use a newer dblog, or set DBLOG_DB to another file";
  return false;
}

// Another process may have made them since the version was read.
bool bring_up_to_date(ConnectionError& error) noexcept {
  char set_version[64];
  base::TextBuffer{set_version} << "PRAGMA user_version = " << std::int64_t{schema::kVersion};
  const std::int64_t version = schema_version(error);
  if (version < 0 || version > schema::kVersion) return false;
  for (const schema::Upgrade& upgrade : schema::kUpgrades) {
    if (version != 0 && version <= upgrade.from && !execute(upgrade.sql, error)) return false;
  }
  return execute(schema::kCreateTables, error) && execute(set_version, error) &&
         execute("COMMIT", error);
}

bool make_tables(ConnectionError& error) noexcept {
  if (!execute("BEGIN IMMEDIATE", error)) return false;
  connection.has_new_tables = bring_up_to_date(error);
  if (connection.has_new_tables) return true;
  ConnectionError ignored;
  execute("ROLLBACK", ignored);
  return false;
}

// The version first: a file that is not for us stays as it is, and SQLite has opened the log, by
// its name: where the database was moved away meanwhile, another database's. No automatic
// checkpoint: it would make the crash wait for the disk; the program's own connection and the next
// install do it. The tables need not be on the disk before the first commit that has to be.
bool set_up_database(const ProcessFacts& facts, ConnectionError& error) noexcept {
  const std::int64_t version = schema_version(error);
  if (version < 0) return false;
  if (version > schema::kVersion) return refuse_newer(version, error);
  if (!private_sqlite_has_open(facts.database)) {
    error.is_replaced = true;
    base::TextBuffer{error.text} << "the file was moved or replaced while it was opened";
    return false;
  }
  const bool is_empty = version == 0 && number_from("PRAGMA page_count", error) == 0;
  return (!is_empty || execute(schema::kMakeShrinkable, error)) &&
         execute("PRAGMA journal_mode = WAL", error) &&
         execute("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL", error) &&
         (version == schema::kVersion || make_tables(error)) &&
         execute(synchronous_sql(facts), error);
}

bool prepare_statements(ConnectionError& error) noexcept {
  for (int i = 0; i < kStatements; ++i) {
    const int code =
        dblog_crash_sqlite3_prepare_v3(connection.database, kSql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                       &connection.statements[i], nullptr);
    if (code != SQLITE_OK) return fail(error, code);
  }
  return true;
}

// Each is judged once more when it is opened. But of some that others have planted SQLite would
// only say that there was an error, after it has made the database.
bool refuse_planted_side_file(std::string_view database, ConnectionError& error) noexcept {
  static char path[PATH_MAX + 16];  // frames are small here (-Wframe-larger-than)
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    base::TextBuffer{path} << database << suffix;
    const base::Distrust why = base::judge_file_at(path);
    if (why == base::Distrust::none || why == base::Distrust::missing) continue;
    database.remove_prefix(database.rfind('/') + 1);
    base::TextBuffer{error.text} << database << suffix << ' ' << base::text_of(why);
    return true;
  }
  return false;
}

bool open_once(const ProcessFacts& facts, std::int64_t give_up_at_ns,
               ConnectionError& error) noexcept {
  error = ConnectionError{};
  connection = CrashConnection{};
  begin_task(give_up_at_ns);
  if (facts.place_refusal[0] != '\0') {
    base::TextBuffer{error.text} << facts.place_refusal;
    return false;
  }
  if (refuse_planted_side_file(facts.database, error)) return false;
  if (!start_private_sqlite(facts.database)) return fail(error, SQLITE_INTERNAL);
  const int code = dblog_crash_sqlite3_open_v2(
      facts.database, &connection.database,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, private_sqlite_vfs());
  bool is_open = code == SQLITE_OK || fail(error, code);
  if (is_open) {
    constexpr int kStepsBetweenLooks = 5'000;  // some 0.1 ms
    dblog_crash_sqlite3_busy_handler(connection.database, wait_for_lock, nullptr);
    dblog_crash_sqlite3_progress_handler(connection.database, kStepsBetweenLooks, end_late_work,
                                         nullptr);
    is_open = set_up_database(facts, error) && prepare_statements(error);
  }
  if (!is_open) {
    release_private_sqlite_locks();
    connection.database = nullptr;
  }
  return is_open;
}

bool open_until(const ProcessFacts& facts, std::int64_t give_up_at_ns,
                ConnectionError& error) noexcept {
  constexpr int kTries = 5;
  for (int tries = 1; !open_once(facts, give_up_at_ns, error); ++tries) {
    if (!error.is_replaced || tries == kTries) return false;
  }
  return true;
}

void sync_directory_of(std::string_view path) noexcept {
  static char directory[PATH_MAX];  // frames are small here (-Wframe-larger-than)
  base::TextBuffer{directory} << path.substr(0, path.rfind('/') + 1);
  const int descriptor = ::open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fdatasync(descriptor);
  ::close(descriptor);
}

// The first connection to the database reads through the log: new tables, and a log that has
// become long, are copied into the database, unless that would take a second or more: writers and
// the tool do it.
void shorten_log() noexcept {
  constexpr std::int64_t kLong = 1024 * 1024;
  constexpr std::int64_t kTooLong = 64 * kLong;
  const std::int64_t used = private_sqlite_log_used();
  const bool is_long = used > kLong && used < kTooLong;
  ConnectionError ignored;
  if (is_long || connection.has_new_tables) execute("PRAGMA wal_checkpoint(PASSIVE)", ignored);
}

// A crash that makes the file longer waits for the disk twice as long as one that finds its blocks
// there, and the first one waits for the file's name as well. If another connection writes just
// now, the log stays as it is.
void lengthen_log(const ProcessFacts& facts) noexcept {
  constexpr std::int64_t kOfOneCrash = 64 * 1024;  // seen: 45 KiB with 8 frames
  const std::int64_t size = private_sqlite_log_size();
  ConnectionError ignored;
  wait_until_ns = 0;
  if (size < private_sqlite_log_used() + kOfOneCrash && RowBinder{begin}.run(ignored)) {
    private_sqlite_extend_log(private_sqlite_log_used() + 2 * kOfOneCrash);
    RowBinder{rollback}.run(ignored);
    if (facts.sync_to_disk) private_sqlite_sync_log();
  }
  if (size == 0 && facts.sync_to_disk) sync_directory_of(facts.database);
}

bool is_overwritten(const ProcessFacts& facts) noexcept {
  return connection.database != nullptr && private_sqlite_has_open(facts.database) &&
         private_sqlite_database_is_overwritten();
}

// Descriptors that the program has closed are no reason: the database is there, and others use it.
bool is_for_another_database(const ProcessFacts& facts) noexcept {
  return connection.database != nullptr &&
         (private_sqlite_has_left(facts.database) || private_sqlite_database_is_empty() ||
          is_overwritten(facts));
}

bool is_usable(const ProcessFacts& facts) noexcept {
  return connection.database != nullptr && private_sqlite_has_open(facts.database) &&
         !private_sqlite_files_are_replaced();
}

}  // namespace

bool open_crash_connection(const ProcessFacts& facts, ConnectionError& error,
                           std::int64_t wait_ns) noexcept {
  const std::int64_t give_up_at_ns = base::monotonic_nanoseconds() + wait_ns;
  if (!is_usable(facts)) {
    if (is_overwritten(facts)) delete_old_private_sqlite_files();
    return open_until(facts, give_up_at_ns, error);
  }
  begin_task(give_up_at_ns);
  return execute(synchronous_sql(facts), error);
}

void prepare_crash_connection(const ProcessFacts& facts) noexcept {
  shorten_log();
  lengthen_log(facts);
  ConnectionError ignored;
  schema_version(ignored);  // a reader's mark where the log ends now: a crash needs not set it
  prepare_crash_rows();
  remember_private_sqlite_content();
}

std::int64_t write_crash(const CrashRecord& record, const ProcessFacts& facts,
                         std::int64_t give_up_at_ns, ConnectionError& error) noexcept {
  if (!is_usable(facts)) {
    if (is_for_another_database(facts)) delete_old_private_sqlite_files();
    if (!open_until(facts, give_up_at_ns, error)) return 0;
  }
  begin_task(give_up_at_ns);
  if (!RowBinder{begin}.run(error)) return 0;
  const std::int64_t id = insert_crash_rows(record, facts, error);
  if (id != 0 && RowBinder{commit}.run(error)) return id;
  ConnectionError ignored;
  RowBinder{rollback}.run(ignored);
  return 0;
}

bool write_process(const ProcessNote& note, const ProcessFacts& facts, std::int64_t give_up_at_ns,
                   ConnectionError& error) noexcept {
  if (!is_usable(facts) || base::is_nil(note.uuid)) return false;
  begin_task(give_up_at_ns);
  if (facts.sync_to_disk && !execute("PRAGMA synchronous = NORMAL", error)) return false;
  bool is_done = RowBinder{begin}.run(error);
  if (is_done) {
    is_done = insert_process_rows(note, facts, error) && RowBinder{commit}.run(error);
    ConnectionError ignored;
    if (!is_done) RowBinder{rollback}.run(ignored);
  }
  ConnectionError ignored;
  return execute(synchronous_sql(facts), ignored) && is_done;
}

bool delete_crash(std::int64_t id, const ProcessFacts& facts, std::int64_t give_up_at_ns) noexcept {
  if (!is_usable(facts)) return false;
  char sql[1024];
  base::TextBuffer text{sql};
  text << "DELETE FROM outbox WHERE source_table = 'crashes' AND source_id = " << id;
  for (const char* table : schema::kCrashParts) {
    text << "; DELETE FROM " << table << " WHERE crash_id = " << id;
  }
  text << "; DELETE FROM hw_details WHERE hw_log_id = (SELECT hw_log_id FROM crashes WHERE id = "
       << id << "); DELETE FROM hw_logs WHERE id = (SELECT hw_log_id FROM crashes WHERE id = " << id
       << "); DELETE FROM crashes WHERE id = " << id;
  if (text.is_cut()) return false;
  begin_task(give_up_at_ns);
  ConnectionError error;
  if (!RowBinder{begin}.run(error)) return false;
  if (execute(sql, error) && RowBinder{commit}.run(error)) return true;
  RowBinder{rollback}.run(error);
  return false;
}

bool has_crash_connection() noexcept { return connection.database != nullptr; }

bool has_made_tables() noexcept { return connection.has_new_tables; }

bool has_open_messages() noexcept {
  begin_task(base::monotonic_nanoseconds());
  ConnectionError ignored;
  return number_from(schema::kHasOpenMessages, ignored) == 1;
}

void abandon_crash_connection() noexcept {
  release_private_sqlite_locks();
  connection = CrashConnection{};
}

void leave_crash_connection_to_parent() noexcept {
  close_private_sqlite_descriptors();
  connection = CrashConnection{};
}

}  // namespace dblog::crash
