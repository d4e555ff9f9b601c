#include "src/store/program_exit.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/wait.h>

#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>

#include "dblog/event.hpp"
#include "src/base/signal_name.hpp"
#include "src/base/uuid.hpp"
#include "src/schema/process_end.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/migration.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/sqlite/transaction.hpp"
#include "src/store/own_process.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::store {
namespace {

constexpr std::chrono::seconds kPatience{2};

// The kernel counts a start in hundredths of a second, and the one who waits notes the time before.
constexpr std::int64_t kSlackMicroseconds = 50'000;

// A process that became another program by exec() has a row for each: the last one ended.
constexpr const char* kFindProcess =
    "SELECT id, uuid, (SELECT max(c.id) FROM crashes AS c WHERE c.process_id = p.id) FROM "
    "dblog_processes AS p WHERE pid = ?1 AND host = ?2 AND started_utc >= ?3 ORDER BY "
    "coalesce(ended_by, '') = 'exec', ended_utc IS NOT NULL, ended_utc DESC LIMIT 1";

// As base::text_of() writes it; what another program has put there is no UUID of a black box.
base::Uuid uuid_of(std::string_view text) noexcept {
  base::Uuid uuid{};
  std::size_t digit = 0;
  for (const char c : text) {
    if (c == '-') continue;
    std::uint8_t value = 0;
    const auto [end, failed] = std::from_chars(&c, &c + 1, value, 16);
    if (failed != std::errc{} || digit == 2 * sizeof uuid.bytes) return {};
    uuid.bytes[digit / 2] = static_cast<std::uint8_t>(uuid.bytes[digit / 2] << 4U | value);
    ++digit;
  }
  return uuid;
}

ProgramRows find_in(SQLite::Database& database, const ProcessRow& process) {
  SQLite::Statement find(database, kFindProcess);
  find.bind(1, process.process_id);
  find.bind(2, text::as_utf8(process.host));
  find.bind(3, process.started_utc_microseconds - kSlackMicroseconds);
  ProgramRows rows;
  if (!find.executeStep()) return rows;
  rows.process_id = find.getColumn(0).getInt64();
  rows.uuid = uuid_of(find.getColumn(1).getString());
  if (!find.getColumn(2).isNull()) rows.last_crash = find.getColumn(2).getInt64();
  return rows;
}

// Empty for a process that was killed, as in all rows.
std::string_view word_of_end(int wait_status) noexcept {
  if (WIFEXITED(wait_status)) return schema::word_of(schema::ProcessEnd::exit);
  const bool was_asked = schema::is_request_to_end(WTERMSIG(wait_status));
  return schema::word_of(was_asked ? schema::ProcessEnd::signal : schema::ProcessEnd::none);
}

void note_end(SQLite::Database& database, std::int64_t id, const WaitedProcess& process) {
  SQLite::Statement end(database, schema::kEndWaitedProcess);
  end.bind(1, id);
  end.bind(2,
           local_date_text(Timestamp{std::chrono::microseconds{process.ended_utc_microseconds}}));
  end.bind(3, process.ended_utc_microseconds);
  const std::string_view word = word_of_end(process.wait_status);
  if (!word.empty()) end.bind(4, std::string(word));
  end.exec();
}

void note_exit(SQLite::Database& database, std::int64_t id, int wait_status) {
  SQLite::Statement exit(database, schema::kInsertExit);
  exit.bind(1, id);
  if (WIFEXITED(wait_status)) {
    exit.bind(2, WEXITSTATUS(wait_status));
  } else {
    exit.bind(3, WTERMSIG(wait_status));
    exit.bind(4, base::signal_name(WTERMSIG(wait_status)));
    exit.bind(5, WCOREDUMP(wait_status) ? 1 : 0);
  }
  exit.exec();
}

// Another process may have imported the black box before the one that waited could.
void tell_signal(SQLite::Database& database, std::int64_t crash, int signal) {
  SQLite::Statement know(database, schema::kKnowKillingSignal);
  know.bind(1, crash);
  know.bind(2, signal);
  know.bind(3, std::string("killed by ") + base::signal_name(signal));
  know.exec();
}

// Work on the open database; errors in the library's words.
template <typename Work>
std::optional<base::Error> with_database(const std::string& path, const Work& work) try {
  sqlite::RetryingDatabase database{path, sqlite::Access::write, kPatience};
  sqlite::bring_up_to_date(database.start(), path, database.backoff());
  work(database.start());
  return std::nullopt;
} catch (const sqlite::StoreError& error) {
  return error.error();
} catch (const SQLite::Exception& error) {
  return sqlite::sqlite_error(error.getExtendedErrorCode(), 0, error.what(), path);
}

}  // namespace

base::Result<ProgramRows> ProgramExits::find(const ProcessRow& process) const {
  ProgramRows rows;
  const auto failure = with_database(
      database_.string(), [&](SQLite::Database& database) { rows = find_in(database, process); });
  if (failure) return *failure;
  return rows;
}

std::optional<base::Error> ProgramExits::note(const WaitedProcess& process) const {
  return with_database(database_.string(), [&](SQLite::Database& database) {
    sqlite::Transaction transaction(database);
    const ProgramRows rows = find_in(database, process.row);
    if (rows.last_crash && WIFSIGNALED(process.wait_status)) {
      tell_signal(database, *rows.last_crash, WTERMSIG(process.wait_status));
    }
    std::int64_t id = rows.process_id;
    if (id == 0) {
      ProcessWriter{database}.write(process.row);
      id = base::short_id_of(process.row.uuid);
    }
    note_end(database, id, process);
    note_exit(database, id, process.wait_status);
    transaction.commit();
  });
}

}  // namespace dblog::store
