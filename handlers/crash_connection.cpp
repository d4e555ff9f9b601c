// Context: crash time.
#include "handlers/crash_connection.hpp"

#include <sys/stat.h>

#include <cstring>

#include "handlers/crash_report_text.hpp"
#include "handlers/monotonic_clock.hpp"
#include "handlers/private_sqlite.hpp"
#include "handlers/signal_text.hpp"
#include "handlers/text_buffer.hpp"
#include "handlers/uuid.hpp"
#include "src/schema/schema.hpp"

namespace dblog::crash {
namespace {

constexpr std::int64_t kInstallWaitNanoseconds = 5'000 * kNanosecondsPerMillisecond;

enum StatementName {
  begin,
  hardware,
  details,
  crash,
  frame,
  outbox,
  commit,
  rollback,
  kStatements
};
constexpr const char* kSql[kStatements] = {
    "BEGIN IMMEDIATE",
    schema::kInsertHardware,
    schema::kInsertHardwareDetails,
    schema::kInsertCrash,
    schema::kInsertFrame,
    schema::kInsertOutbox,
    "COMMIT",
    "ROLLBACK",
};

struct Connection {
  sqlite3* database = nullptr;
  sqlite3_stmt* statements[kStatements] = {};
  dev_t device = 0;
  ino_t inode = 0;
};
Connection connection;

// Texts are made here and not on the stack, which may be a small alternate one. One crash at a
// time: the gate's holder has them to itself.
char stack_trace_text[64 * 1024];
char body_text[72 * 1024];

// SQLite calls it when somebody else holds the lock: 1 means "try again".
std::int64_t wait_until_ns;
int wait_for_lock(void*, int) noexcept {
  if (monotonic_nanoseconds() >= wait_until_ns) return 0;
  pause_for_a_millisecond();
  return 1;
}

bool fail(ConnectionError& error, int code) noexcept {
  TextBuffer text{error.text};
  switch (code & 0xFF) {
    case SQLITE_BUSY:
      text << "another program holds the database's lock";
      break;
    case SQLITE_FULL:
      text << "the disk is full";
      break;
    case SQLITE_NOTADB:
      text << "the file is not a SQLite database";
      break;
    case SQLITE_CORRUPT:
      text << "the database is damaged";
      break;
    case SQLITE_READONLY:
      text << "the database is not writable";
      break;
    case SQLITE_CANTOPEN:
      text << "the database cannot be opened or made";
      break;
    default:
      text << dblog_crash_sqlite3_errstr(code) << " (SQLite code " << code << ')';
  }
  return false;
}

bool execute(const char* sql, ConnectionError& error) noexcept {
  const int code = dblog_crash_sqlite3_exec(connection.database, sql, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return true;
  return fail(error, dblog_crash_sqlite3_extended_errcode(connection.database));
}

// -1: it could not be read.
std::int64_t schema_version(ConnectionError& error) noexcept {
  sqlite3_stmt* statement = nullptr;
  std::int64_t version = -1;
  int code = dblog_crash_sqlite3_prepare_v3(connection.database, "PRAGMA user_version", -1, 0,
                                            &statement, nullptr);
  if (code == SQLITE_OK) code = dblog_crash_sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    version = dblog_crash_sqlite3_column_int64(statement, 0);
  } else {
    fail(error, code);
  }
  dblog_crash_sqlite3_finalize(statement);
  return version;
}

const char* synchronous_sql(const ProcessFacts& facts) noexcept {
  return facts.sync_to_disk ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
}

bool refuse_newer(std::int64_t version, ConnectionError& error) noexcept {
  error.is_newer_schema = true;
  TextBuffer{error.text} << "the database has schema version " << version
                         << ", made by a newer dblog; this one knows "
                         << std::int64_t{schema::kVersion};
  return false;
}

bool make_tables(ConnectionError& error) noexcept {
  char set_version[64];
  TextBuffer{set_version} << "PRAGMA user_version = " << std::int64_t{schema::kVersion};
  return execute("BEGIN IMMEDIATE", error) && execute(schema::kCreateTables, error) &&
         execute(set_version, error) && execute("COMMIT", error);
}

// The version first: a file that is not for us stays as it is. No automatic checkpoint: it would
// make the crash wait for the disk; the program's own connection and the next run do it.
bool set_up_database(const ProcessFacts& facts, ConnectionError& error) noexcept {
  const std::int64_t version = schema_version(error);
  if (version < 0) return false;
  if (version > schema::kVersion) return refuse_newer(version, error);
  return execute("PRAGMA journal_mode = WAL", error) &&
         execute("PRAGMA wal_autocheckpoint = 0", error) &&
         execute(synchronous_sql(facts), error) &&
         (version == schema::kVersion || make_tables(error));
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

bool open_until(const ProcessFacts& facts, std::int64_t give_up_at_ns,
                ConnectionError& error) noexcept {
  connection = Connection{};
  wait_until_ns = give_up_at_ns;
  if (!start_private_sqlite()) return fail(error, SQLITE_INTERNAL);
  const int code = dblog_crash_sqlite3_open_v2(
      facts.database, &connection.database,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  bool is_open = code == SQLITE_OK || fail(error, code);
  if (is_open) {
    dblog_crash_sqlite3_busy_handler(connection.database, wait_for_lock, nullptr);
    is_open = set_up_database(facts, error) && prepare_statements(error);
  }
  struct stat status;
  if (is_open && ::stat(facts.database, &status) == 0) {
    connection.device = status.st_dev;
    connection.inode = status.st_ino;
  }
  if (!is_open) connection.database = nullptr;
  return is_open;
}

bool is_usable(const ProcessFacts& facts) noexcept {
  struct stat status;
  return connection.database != nullptr && ::stat(facts.database, &status) == 0 &&
         status.st_dev == connection.device && status.st_ino == connection.inode &&
         private_sqlite_descriptors_are_intact();
}

// Binds in the order of the statement's parameters. An empty text becomes NULL.
class Row {
 public:
  explicit Row(StatementName name) noexcept : statement_(connection.statements[name]) {}

  Row& text(std::string_view value) noexcept {
    if (value.empty()) return null();
    dblog_crash_sqlite3_bind_text(statement_, ++index_, value.data(),
                                  static_cast<int>(value.size()), SQLITE_STATIC);
    return *this;
  }
  Row& number(std::int64_t value) noexcept {
    dblog_crash_sqlite3_bind_int64(statement_, ++index_, value);
    return *this;
  }
  Row& known(std::int64_t value) noexcept {
    return value == HardwareSample::kUnknown ? null() : number(value);
  }
  Row& known(double value) noexcept {
    if (value < 0) return null();
    dblog_crash_sqlite3_bind_double(statement_, ++index_, value);
    return *this;
  }
  Row& null() noexcept {
    dblog_crash_sqlite3_bind_null(statement_, ++index_);
    return *this;
  }

  /// Runs the statement. Its texts need not live longer.
  bool run(ConnectionError& error) noexcept {
    const int code = dblog_crash_sqlite3_step(statement_);
    dblog_crash_sqlite3_reset(statement_);
    dblog_crash_sqlite3_clear_bindings(statement_);
    if (code == SQLITE_DONE) return true;
    return fail(error, dblog_crash_sqlite3_extended_errcode(connection.database));
  }

 private:
  sqlite3_stmt* statement_;
  int index_ = 0;
};

std::int64_t last_id() noexcept {
  return dblog_crash_sqlite3_last_insert_rowid(connection.database);
}

bool insert_hardware(const CrashRecord& record, std::string_view message, std::string_view date,
                     ConnectionError& error) noexcept {
  const HardwareSample& sample = record.hardware;
  const HardwareTexts texts = hardware_texts(sample);
  return Row{hardware}
      .text(message)
      .number(record.process_id)
      .text(texts.cpu_times)
      .text(texts.cpu_usage)
      .text(texts.memory)
      .text(texts.mem_use)
      .known(sample.read_count)
      .known(sample.write_count)
      .text(date)
      .run(error);
}

bool insert_details(const HardwareSample& sample, std::int64_t hardware_id,
                    ConnectionError& error) noexcept {
  return Row{details}
      .number(hardware_id)
      .known(sample.load_1)
      .known(sample.load_5)
      .known(sample.load_15)
      .known(sample.uptime_seconds)
      .known(sample.threads)
      .known(sample.open_files)
      .known(sample.open_files_limit)
      .known(sample.memory_total)
      .known(sample.memory_available)
      .known(sample.swap_total)
      .known(sample.swap_free)
      .known(sample.cgroup_memory_current)
      .known(sample.cgroup_memory_max)
      .known(sample.cgroup_pids_current)
      .known(sample.cgroup_pids_max)
      .known(sample.pressure_cpu)
      .known(sample.pressure_memory)
      .known(sample.pressure_io)
      .run(error);
}

bool insert_crash(const CrashRecord& record, const ProcessFacts& facts, std::string_view message,
                  std::string_view date, std::string_view stack_trace, std::int64_t hardware_id,
                  ConnectionError& error) noexcept {
  const UuidText uuid = text_of(record.uuid);
  char address[24];
  TextBuffer address_text{address};
  if (record.has_fault_address) address_text.hex(record.fault_address);

  Row row{crash};
  row.text(uuid.text).text(date).text(kind_text(record.kind));
  if (record.kind == CrashKind::signal) {
    row.number(record.signal).text(signal_name(record.signal)).number(record.signal_code);
  } else {
    row.null().null().null();
  }
  return row.text(address)
      .text(record.exception_type)
      .text(message)
      .number(record.process_id)
      .number(record.thread_id)
      .text({record.thread_name, ::strnlen(record.thread_name, sizeof record.thread_name)})
      .text(facts.host)
      .text(facts.executable)
      .text(facts.release)
      .text(stack_trace)
      .known(hardware_id)
      .run(error);
}

bool insert_frames(const CrashRecord& record, std::int64_t crash_id,
                   ConnectionError& error) noexcept {
  for (std::uint32_t i = 0; i < record.frame_count; ++i) {
    const Frame& captured = record.frames[i];
    char address[24];
    TextBuffer{address}.hex(captured.address);
    char offset[24] = {};
    char build_id[2 * Module::kMaxBuildId + 1] = {};
    const char* path = "";
    if (captured.module < record.module_count) {
      const Module& module = record.modules[captured.module];
      path = module.path;
      TextBuffer{offset}.hex(captured.address - module.load_bias);
      TextBuffer{build_id}.hex_bytes(module.build_id, module.build_id_size);
    }
    if (!Row{frame}
             .number(crash_id)
             .number(record.thread_id)
             .number(captured.depth)
             .text(address)
             .text(path)
             .text(build_id)
             .text(offset)
             .run(error)) {
      return false;
    }
  }
  return true;
}

bool insert_message_to_send(const char* channel, const CrashRecord& record,
                            const ProcessFacts& facts, std::string_view body, std::string_view date,
                            std::int64_t crash_id, ConnectionError& error) noexcept {
  const UuidText uuid = text_of(make_uuid());
  char subject_text[768];
  TextBuffer subject{subject_text};
  put_subject(subject, record, facts);
  return Row{outbox}
      .text(uuid.text)
      .text(channel)
      .text(subject.view())
      .text(body)
      .text(date)
      .text("crashes")
      .number(crash_id)
      .run(error);
}

std::int64_t insert_all(const CrashRecord& record, const ProcessFacts& facts,
                        ConnectionError& error) noexcept {
  const std::string_view message{record.message, record.message_size};
  char date[kDateTextSize];
  format_date(record.utc_microseconds, facts.local_time.offset_at(record.utc_microseconds), date);
  TextBuffer stack_trace{stack_trace_text};
  put_stack_trace(stack_trace, record);

  std::int64_t hardware_id = HardwareSample::kUnknown;
  if (record.has_hardware) {
    if (!insert_hardware(record, message, date, error)) return 0;
    hardware_id = last_id();
    if (!insert_details(record.hardware, hardware_id, error)) return 0;
  }
  if (!insert_crash(record, facts, message, date, stack_trace.view(), hardware_id, error)) return 0;
  const std::int64_t crash_id = last_id();
  if (!insert_frames(record, crash_id, error)) return 0;
  if (!facts.slack && !facts.email) return crash_id;
  TextBuffer body{body_text};
  put_body(body, record, facts, date, stack_trace.view());
  for (const char* channel : {"slack", "email"}) {
    const bool is_wanted = channel[0] == 's' ? facts.slack : facts.email;
    if (is_wanted &&
        !insert_message_to_send(channel, record, facts, body.view(), date, crash_id, error)) {
      return 0;
    }
  }
  return crash_id;
}

}  // namespace

bool open_crash_connection(const ProcessFacts& facts, ConnectionError& error) noexcept {
  if (is_usable(facts)) return execute(synchronous_sql(facts), error);
  return open_until(facts, monotonic_nanoseconds() + kInstallWaitNanoseconds, error);
}

std::int64_t write_crash(const CrashRecord& record, const ProcessFacts& facts,
                         std::int64_t give_up_at_ns, ConnectionError& error) noexcept {
  if (!is_usable(facts) && !open_until(facts, give_up_at_ns, error)) return 0;
  wait_until_ns = give_up_at_ns;
  if (!Row{begin}.run(error)) return 0;
  const std::int64_t id = insert_all(record, facts, error);
  if (id != 0 && Row{commit}.run(error)) return id;
  ConnectionError ignored;
  Row{rollback}.run(ignored);
  return 0;
}

void leave_crash_connection_to_parent() noexcept {
  close_private_sqlite_descriptors();
  connection = Connection{};
}

}  // namespace dblog::crash
