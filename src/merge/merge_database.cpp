#include "src/merge/merge_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <chrono>
#include <utility>

#include "src/merge/crash_merge.hpp"
#include "src/merge/event_merge.hpp"
#include "src/merge/message_merge.hpp"
#include "src/merge/target.hpp"
#include "src/reader/readable_tables.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/migration.hpp"
#include "src/sqlite/read_connection.hpp"
#include "src/sqlite/row_reading.hpp"
#include "src/sqlite/sqlite_error.hpp"
#include "src/sqlite/transaction.hpp"
#include "src/store/views.hpp"

namespace dblog::merge {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::hours kLongestWork{24};  // of databases of any size; a signal ends it

base::Error explained(const std::exception& failure, const std::string& path) {
  if (const auto* known = dynamic_cast<const sqlite::StoreError*>(&failure)) return known->error();
  if (const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&failure)) {
    return sqlite::sqlite_error(sqlite->getExtendedErrorCode(), 0, sqlite->what(), path);
  }
  return {base::ErrorCode::io, path, failure.what()};
}

// One in which nothing was ever recorded is no foreign one.
bool is_of_dblog(SQLite::Database& database) {
  if (!reader::find_tables(database).empty()) return true;
  if (sqlite::has_table(database, "hw_logs", "write_count")) return true;
  return database.execAndGet("SELECT count(*) FROM sqlite_master").getInt64() == 0;
}

base::Result<sqlite::ReadConnection> open_source(const std::filesystem::path& path) {
  auto connection = sqlite::ReadConnection::open(path);
  if (!connection && connection.error().code == base::ErrorCode::not_found) {
    return base::Error{base::ErrorCode::not_found, path, "no such file"};
  }
  if (!connection) return connection;
  const auto is_ours = connection->read(
      [](SQLite::Database& database) -> base::Result<bool> { return is_of_dblog(database); });
  if (!is_ours) return is_ours.error();
  if (*is_ours) return connection;
  return base::Error{base::ErrorCode::not_a_database, path,
                     "is an SQLite database, but not one of dblog's: it has neither crashes nor a "
                     "table of events (id, msg, date)"};
}

// A failure is the target's here, not the source's, which is being read.
void begin(std::optional<sqlite::Transaction>& transaction, SQLite::Database& target,
           const std::string& path) {
  try {
    transaction.emplace(target);
  } catch (const SQLite::Exception& failure) {
    throw sqlite::StoreError(explained(failure, path));
  }
}

void merge_all(SQLite::Database& source, Target& target, const std::string& path,
               MergeReport& report, const Step& step) {
  step("processes");
  merge_processes(source, target, report);
  step("hardware snapshots");
  merge_hardware(source, target, report);
  step("crashes");
  merge_crashes(source, target, report);
  merge_groups(source, target, report);
  merge_events(source, target, path, report, step);
  step("messages");
  merge_messages(source, target, report);
}

}  // namespace

std::optional<base::Error> refuse_source(const std::filesystem::path& path) {
  const auto opened = open_source(path);
  return opened ? std::nullopt : std::optional{opened.error()};
}

bool is_same_file(const std::filesystem::path& one, const std::filesystem::path& other) {
  struct stat first {
  }, second{};
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

struct MergeDatabase::State {
  explicit State(std::string file)
      : path(std::move(file)), opened(path, sqlite::Access::write, kPatience) {}

  std::string path;
  sqlite::RetryingDatabase opened;
};

MergeDatabase::MergeDatabase(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
MergeDatabase::~MergeDatabase() = default;

base::Result<std::unique_ptr<MergeDatabase>> MergeDatabase::open(
    const std::filesystem::path& path) {
  const auto file = sqlite::prepare_database_place(path);
  if (!file) return file.error();
  try {
    auto state = std::make_unique<State>(file->string());
    SQLite::Database& database = state->opened.start();
    sqlite::bring_up_to_date(database, state->path, state->opened.backoff());
    store::keep_views_current(database, state->path);
    database.exec("PRAGMA temp_store = FILE");
    return std::unique_ptr<MergeDatabase>{new MergeDatabase{std::move(state)}};
  } catch (const std::exception& failure) {
    return explained(failure, file->string());
  }
}

base::Result<MergeReport> MergeDatabase::merge(const std::filesystem::path& path,
                                               const Step& step) {
  auto source = open_source(path);
  if (!source) return source.error();
  try {
    std::optional<sqlite::Transaction> transaction;
    const auto read = [&](SQLite::Database& from) -> base::Result<MergeReport> {
      transaction.reset();  // of a first time, during which a program began to write to the source
      SQLite::Database& database = state_->opened.start(kLongestWork);
      begin(transaction, database, state_->path);
      MergeReport report;
      Target target{database, state_->path};
      merge_all(from, target, state_->path, report, step);
      return report;
    };
    auto report = source->read(read, kLongestWork);
    if (!report) return report;
    transaction->commit();
    return report;
  } catch (const std::exception& failure) {
    return explained(failure, state_->path);
  }
}

}  // namespace dblog::merge
