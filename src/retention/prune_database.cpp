// A connection of its own, and the steps.
#include "src/retention/prune_database.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>

#include "src/retention/process_sweep.hpp"
#include "src/retention/stack_sweep.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/guarded_database.hpp"
#include "src/sqlite/migration.hpp"
#include "src/sqlite/placeholder_tables.hpp"
#include "src/sqlite/read_connection.hpp"
#include "src/sqlite/sqlite_error.hpp"

namespace dblog::retention {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kLogToCut = 4'194'304;  // what the store's journal_size_limit leaves
constexpr std::int64_t kLogHeld = 64'000'000;
constexpr std::uintmax_t kLeastRoom = 65'536;  // a database's -shm and -wal at their smallest
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::hours kLongestVacuum{24};  // of a file of any size; a stop signal ends it

std::int64_t size_of(const std::filesystem::path& file) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(file, missing);
  return missing ? 0 : static_cast<std::int64_t>(size);
}

class WriteConnection {
 public:
  explicit WriteConnection(const std::filesystem::path& path)
      : path_(path.string()), database_(path_, sqlite::Access::write, kPatience) {
    sqlite::bring_up_to_date(database_.start(), path_, database_.backoff());
  }

  SQLite::Database& start(Clock::duration work) { return database_.start(work); }
  SQLite::Database& operator*() { return *database_; }

  void wait_for_others() {
    sqlite3* const handle = database_.start().getHandle();
    sqlite3_busy_handler(handle, &sqlite::RetryBackoff::busy_handler, &database_.backoff());
  }

  // A quota or a limit of a file's size is an error of the write.
  [[nodiscard]] static bool is_full(const SQLite::Exception& failure) {
    return failure.getErrorCode() == SQLITE_FULL ||
           failure.getExtendedErrorCode() == SQLITE_IOERR_WRITE;
  }

  [[nodiscard]] std::int64_t log_size() const { return size_of(path_ + "-wal"); }

  // Most of it without a lock; the rest, and cutting the log, only if no other connection uses the
  // database: with a busy handler SQLite would wait for readers, and let all writers wait.
  void cut_log() {
    sqlite3* handle = (*database_).getHandle();
    sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    sqlite3_busy_handler(handle, nullptr, nullptr);
    sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    wait_for_others();
  }

 private:
  std::string path_;
  sqlite::RetryingDatabase database_;
};

// For tasks of which once a day is enough.
bool was_done_today(SQLite::Database& database, const char* task) {
  SQLite::Statement row(database,
                        "SELECT 1 FROM dblog_upkeep WHERE task = ?1 AND done > ?2 AND "
                        "done <= ?3");
  row.bind(1, task);
  row.bind(2, local_date_text(now() - std::chrono::hours{24}));
  row.bind(3, local_date_text(now()));
  return row.executeStep();
}

void note_done(SQLite::Database& database, const char* task) {
  SQLite::Statement row(database,
                        "INSERT OR REPLACE INTO dblog_upkeep (task, done, done_utc) VALUES (?1, "
                        "?2, strftime('%s', 'now') * 1000000)");
  row.bind(1, task);
  row.bind(2, local_date_text(now()));
  row.exec();
}

class Run {
 public:
  Run(const std::filesystem::path& path, const PruneRun& run)
      : connection_(path), run_(run), end_(Clock::now() + run.limit) {}

  void prune(const config::Retention& limits, PruneOutcome& outcome) {
    PruneOptions options;
    if (run_.gives_all_back) options.spare_bytes = 0;
    Pruner pruner(limits, options);
    const auto pages = [&] { return pruner.report().pages_given_back; };
    const auto step = [&] {
      const bool is_more = step_with_room(pruner);
      run_.on_progress(pruner.report());
      return is_more;
    };
    outcome.is_complete = repeat(step, pages, outcome);
    outcome.report = pruner.report();
    if (outcome.is_complete) sweep(outcome);
    if (outcome.has_changed() || connection_.log_size() > kLogToCut) connection_.cut_log();
  }

 private:
  // What goes is written to the log first. On a full disk: with the room that emptying the log
  // gives, and then less at a time.
  bool step_with_room(Pruner& pruner) {
    bool is_smallest = false;
    while (true) {
      try {
        return pruner.step(*connection_);
      } catch (const SQLite::Exception& failure) {
        if (!WriteConnection::is_full(failure) || is_smallest || run_.should_stop()) throw;
      }
      connection_.cut_log();
      is_smallest = !pruner.take_smaller_steps();
    }
  }

  void sweep(PruneOutcome& outcome) {
    constexpr const char* kTask = "stacks";
    if (!run_.sweeps_always && was_done_today(*connection_, kTask)) return;
    // Before it: one that has not the time for all must not be tried again at every flush.
    note_done(*connection_, kTask);
    StackSweep sweep;
    const auto pages = [] { return std::int64_t{0}; };
    try {
      outcome.is_complete = repeat([&] { return sweep.step(*connection_); }, pages, outcome);
    } catch (const SQLite::Exception& failure) {
      if (!is_fault_of_table(failure)) throw;
      outcome.report.left.push_back(std::string("stacks stay as they are: ") + failure.what() +
                                    "; look for a trigger on stacks, stack_frames, event_stacks");
    }
    outcome.stacks = sweep.removed();
    if (!outcome.is_complete) return;
    ProcessSweep processes{now()};
    outcome.is_complete = repeat([&] { return processes.step(*connection_); }, pages, outcome);
  }

  // True when there are no more steps. After each that wrote, others have as long as it took.
  // `pages`: that were given back, which SQLite does not count as changes.
  template <typename Step, typename Pages>
  bool repeat(Step step, Pages pages, PruneOutcome& outcome) {
    constexpr std::chrono::milliseconds kShortest{1};
    while (Clock::now() < end_ && !run_.should_stop()) {
      outcome.is_held_by_reader = connection_.log_size() > kLogHeld;
      if (outcome.is_held_by_reader) {
        connection_.cut_log();
        if (connection_.log_size() > kLogHeld) return false;
        outcome.is_held_by_reader = false;
      }
      connection_.wait_for_others();
      const auto begin = Clock::now();
      const std::int64_t changes = (*connection_).getTotalChanges() + pages();
      if (!step()) return true;
      if ((*connection_).getTotalChanges() + pages() == changes) continue;
      const auto took = Clock::now() - begin;
      std::this_thread::sleep_for(std::max<Clock::duration>(took, kShortest));
    }
    return false;
  }

  WriteConnection connection_;
  const PruneRun& run_;
  const Clock::time_point end_;
};

base::Result<PruneOutcome> dry_run(const std::filesystem::path& path,
                                   const config::Retention& limits, const PruneRun& run) {
  auto connection = sqlite::ReadConnection::open(path);
  if (!connection) return connection.error();
  const auto plan = [&](SQLite::Database& database) -> base::Result<PruneOutcome> {
    sqlite::add_placeholder_tables(database);
    const auto end = Clock::now() + run.limit;
    PruneOutcome outcome;
    Pruner pruner(limits, {.is_dry = true});
    bool is_more = true;
    while (is_more && Clock::now() < end && !run.should_stop()) {
      is_more = pruner.step(database);
      run.on_progress(pruner.report());
    }
    outcome.is_complete = !is_more;
    outcome.report = pruner.report();
    return outcome;
  };
  return connection->read(plan, run.limit);
}

// Said when there is no more that could be done about it.
base::Error with_advice(base::Error error) {
  if (error.code != base::ErrorCode::disk_full) return error;
  error.why =
      "the disk is full, and has not even room for the log (-wal) in which rows are removed; free "
      "a megabyte there, then run dblog prune again";
  return error;
}

base::Error explained(const std::exception& failure, const std::filesystem::path& path) {
  if (const auto* known = dynamic_cast<const sqlite::StoreError*>(&failure)) return known->error();
  if (const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&failure)) {
    // Which error of the system it was is not known any more.
    std::error_code unknown;
    const auto space = std::filesystem::space(path, unknown);
    const int reason = !unknown && space.available < kLeastRoom ? ENOSPC : 0;
    return with_advice(sqlite::sqlite_error(sqlite->getExtendedErrorCode(), reason, sqlite->what(),
                                            path.string()));
  }
  return {base::ErrorCode::io, path.string(), failure.what()};
}

std::int64_t whole_size(const std::filesystem::path& path) {
  return size_of(path) + size_of(path.native() + "-wal");
}

}  // namespace

base::Result<PruneOutcome> prune_database(const std::filesystem::path& path,
                                          const config::Retention& limits, const PruneRun& run) {
  const std::int64_t size_before = whole_size(path);
  PruneOutcome outcome;
  try {
    if (run.is_dry) {
      auto planned = dry_run(path, limits, run);
      if (!planned) return planned.error();
      outcome = std::move(*planned);
    } else {
      Run{path, run}.prune(limits, outcome);
    }
  } catch (const std::exception& failure) {
    return explained(failure, path);
  }
  outcome.file_bytes_before = size_before;
  outcome.file_bytes_after = whole_size(path);
  return outcome;
}

std::optional<base::Error> vacuum_database(const std::filesystem::path& path) {
  try {
    WriteConnection connection(path);
    connection.start(kLongestVacuum).exec(schema::kMakeShrinkable);
    (*connection).exec("VACUUM");
    connection.cut_log();
    return std::nullopt;
  } catch (const std::exception& failure) {
    return explained(failure, path);
  }
}

std::vector<std::string> missing_tables(const std::filesystem::path& database,
                                        const config::Retention& limits) {
  std::set<std::string> named;
  for (const config::TableLimits* each : {&limits.days, &limits.rows, &limits.megabytes}) {
    for (const auto& [table, limit] : each->of_table) named.insert(table);
  }
  auto connection = sqlite::ReadConnection::open(database);
  if (named.empty() || !connection) return {};
  const auto missing =
      connection->read([&](SQLite::Database& sqlite) -> base::Result<std::vector<std::string>> {
        sqlite::add_placeholder_tables(sqlite);
        std::vector<std::string> tables;
        for (const std::string& table : named) {
          SQLite::Statement columns(sqlite, "SELECT 1 FROM pragma_table_info(?1)");
          columns.bind(1, table);
          if (!columns.executeStep()) tables.push_back(table);
        }
        return tables;
      });
  return missing ? *missing : std::vector<std::string>{};
}

}  // namespace dblog::retention
