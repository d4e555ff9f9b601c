// The phases of a pass.
#include "src/retention/pruner.hpp"

#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "src/retention/held_bytes.hpp"
#include "src/sqlite/transaction.hpp"

namespace dblog::retention {
namespace {

using Clock = std::chrono::steady_clock;

// Of the write lock; others wait for it as long.
constexpr std::chrono::microseconds kLongestHold{2'000};
// Below the limit, so that not every row that comes makes another one go.
constexpr std::int64_t kGoalPercent = 90;

std::int64_t goal_of(std::int64_t limit) { return limit / 100 * kGoalPercent; }

std::int64_t number(SQLite::Database& database, const char* pragma) {
  return database.execAndGet(pragma).getInt64();
}

// Twice as much at most, half as much at least, from one step to the next.
std::int64_t adapted(std::int64_t amount, Clock::duration took, std::int64_t most) {
  if (took > kLongestHold) return std::max<std::int64_t>(amount / 2, 1);
  if (took < kLongestHold / 2) return std::min(amount * 2, most);
  return amount;
}

std::optional<Ids> ids_if_there(SQLite::Database& database, const Source& source) {
  try {
    return ids_of(database, source);
  } catch (const SQLite::Exception& failure) {
    if (!is_fault_of_table(failure)) throw;
    return std::nullopt;  // dropped since it was found
  }
}

}  // namespace

std::int64_t bytes_in_use(SQLite::Database& database) {
  const std::int64_t pages =
      number(database, "PRAGMA page_count") - number(database, "PRAGMA freelist_count");
  return pages * number(database, "PRAGMA page_size");
}

Pruner::Pruner(config::Retention limits, PruneOptions options)
    : limits_(std::move(limits)), options_(options) {}

bool Pruner::step(SQLite::Database& database) {
  worked_on_ = nullptr;
  try {
    go_on(database);
  } catch (const SQLite::Exception& failure) {
    if (worked_on_ == nullptr || !is_fault_of_table(failure)) throw;
    leave_table(database, *worked_on_, failure.what());
  }
  if (phase_ == Phase::done) report_.bytes_after = used_bytes(database);
  return phase_ != Phase::done;
}

void Pruner::go_on(SQLite::Database& database) {
  switch (phase_) {
    case Phase::look:
      look_around(database);
      break;
    case Phase::limits:
      apply_limits(database);
      break;
    case Phase::table_sizes:
      apply_table_size(database);
      break;
    case Phase::measure:
      measure(database);
      break;
    case Phase::file_size:
      apply_file_size(database);
      break;
    case Phase::give_back:
      give_back(database);
      break;
    case Phase::done:
      break;
  }
}

// Others go on; one that is dropped is no trouble.
void Pruner::leave_table(SQLite::Database& database, Progress& progress, const char* why) {
  progress.is_left = progress.is_exhausted = true;
  if (!database.tableExists(progress.source.table)) return;
  const std::string triggers = delete_triggers(database, progress.source);
  report_.left.push_back(progress.source.table + " stays as it is: " + why +
                         (triggers.empty() ? "" : "; drop the trigger " + triggers));
}

// To be asked in the transaction that removes: anybody may change a table between two of them.
bool Pruner::is_still_ours(SQLite::Database& database, Progress& progress) {
  const std::int64_t schema = schema_cookie(database);
  if (schema == schema_) return !progress.is_left;
  const auto sources = find_sources(database);
  for (Progress& each : sources_) {
    const auto is_same = [&](const Source& source) {
      return source.kind == each.source.kind && source.table == each.source.table;
    };
    if (each.is_left || std::any_of(sources.begin(), sources.end(), is_same)) continue;
    leave_table(database, each, "it was changed meanwhile, and is not dblog's any more");
  }
  schema_ = schema;
  return !progress.is_left;
}

bool Pruner::take_smaller_steps() {
  constexpr std::int64_t kPart = 8;
  bool was_larger = pages_a_step_ > 1;
  pages_a_step_ = std::max<std::int64_t>(pages_a_step_ / kPart, 1);
  for (Progress& progress : sources_) {
    was_larger = was_larger || progress.rows > 1;
    progress.rows = std::max<std::int64_t>(progress.rows / kPart, 1);
  }
  return was_larger;
}

void Pruner::look_around(SQLite::Database& database) {
  report_.bytes_before = used_bytes(database);
  schema_ = schema_cookie(database);
  for (Source& source : find_sources(database)) {
    Progress progress{std::move(source)};
    const auto ids = ids_if_there(database, progress.source);
    if (!ids) continue;
    progress.at = id_below(ids->lowest, 1);
    progress.rows = progress.source.kind == Kind::crashes ? 1 : kFirstRows;
    sources_.push_back(std::move(progress));
  }
  phase_ = Phase::limits;
  current_ = 0;
}

void Pruner::apply_limits(SQLite::Database& database) {
  if (current_ == sources_.size()) {
    phase_ = Phase::table_sizes;
    current_ = 0;
    return;
  }
  Progress& progress = sources_[current_];
  if (progress.is_left) return next_source();
  worked_on_ = &progress;
  const std::string& table = progress.source.table;
  const auto ids = ids_of(database, progress.source);
  Wanted wanted;
  const bool is_sent = progress.source.kind == Kind::sent;
  if (const auto days = is_sent ? limits_.days_of_sent() : limits_.days_of(table); days > 0) {
    wanted.before = local_date_text(options_.now - std::chrono::hours{24} * days);
    wanted.impossible = local_date_text(options_.now + std::chrono::hours{24} * days);
  }
  if (const auto rows = limits_.rows_of(table); rows > 0 && ids) {
    wanted.up_to_id = id_below(ids->highest, rows);
  }
  if (!ids || (!wanted.before && wanted.up_to_id < ids->lowest)) return next_source();
  if (wanted.before && !std::exchange(progress.has_sampled, true)) {
    progress.old_up_to = sample_old(database, progress.source, *ids, *wanted.before);
  }
  wanted.old_up_to = progress.old_up_to;
  const std::int64_t before = progress.at;
  const Chunk chunk = take(database, progress, ids->highest, wanted, Reason::limits);
  if (chunk.rows.empty()) return next_source();
  // Rows are nearly in the order of their dates: a stretch without an old one ends the search,
  // unless older ones were seen beyond (a clock was wrong for a while).
  const bool has_old = std::any_of(chunk.rows.begin(), chunk.rows.end(), [&](const auto& row) {
    return row.is_old || row.id <= wanted.up_to_id;
  });
  if (has_old || (progress.old_up_to && progress.at < *progress.old_up_to)) return;
  progress.at = before;
  next_source();
}

void Pruner::next_source() {
  ++current_;
  if (current_ < sources_.size()) sources_[current_].is_known_to_go = false;
}

void Pruner::apply_table_size(SQLite::Database& database) {
  while (current_ < sources_.size() &&
         (sources_[current_].is_left || limits_.bytes_of(sources_[current_].source.table) == 0)) {
    ++current_;
  }
  if (current_ == sources_.size()) {
    phase_ = Phase::measure;
    return;
  }
  Progress& progress = sources_[current_];
  worked_on_ = &progress;
  const std::int64_t limit = limits_.bytes_of(progress.source.table);
  if (progress.bytes < 0) {
    progress.bytes = estimate_bytes(database, progress.source);
    if (progress.bytes <= limit) ++current_;
    return;
  }
  const auto all = std::numeric_limits<std::int64_t>::max();
  const Chunk chunk = take(database, progress, all, {.any = true}, Reason::size);
  if (chunk.rows.empty() || progress.bytes <= goal_of(limit)) ++current_;
}

void Pruner::measure(SQLite::Database& database) {
  const bool has_limit = limits_.bytes_of_file() > 0;
  phase_ = has_limit && is_size_known(database) ? Phase::file_size : Phase::give_back;
  if (phase_ == Phase::give_back || used_bytes(database) <= limits_.bytes_of_file()) return;
  std::vector<Source> ours;
  for (const Progress& progress : sources_) ours.push_back(progress.source);
  report_.held_bytes = held_bytes(database, ours);
  if (counted_bytes(database) <= limits_.bytes_of_file()) leave_size(database);
}

bool Pruner::is_size_known(SQLite::Database& database) {
  if (used_bytes(database) <= limits_.bytes_of_file()) return true;  // of whatever tables
  std::vector<Source> ours;
  for (const Progress& progress : sources_) ours.push_back(progress.source);
  const auto tables = foreign_tables(database, ours);
  if (tables.empty()) return true;
  if (!options_.measures_foreign_tables) {
    report_.size_unknown = "other programs have tables in this file; dblog flush measures them";
    return false;
  }
  const auto bytes = bytes_of_tables(database, tables);
  if (!bytes) {
    report_.size_unknown =
        "other programs have tables in this file, and this SQLite cannot tell what they take";
    return false;
  }
  foreign_bytes_ = *bytes;
  return true;
}

void Pruner::leave_size(SQLite::Database& database) {
  report_.is_over_limit = used_bytes(database) - foreign_bytes_ > limits_.bytes_of_file();
  phase_ = Phase::give_back;
}

// Crashes are worth more than a limit that is missed all the same. Estimates are rough.
bool Pruner::would_crashes_suffice(SQLite::Database& database, const Progress& crashes) {
  constexpr std::int64_t kDoubt = 2;
  const auto ids = ids_of(database, crashes.source);
  if (!ids) return false;
  const std::int64_t bytes = estimate_bytes(database, crashes.source) -
                             bytes_of_row(database, crashes.source, ids->highest);
  return counted_bytes(database) - bytes * kDoubt <= limits_.bytes_of_file();
}

// The first kind in the order of sources_ that has something; of events and snapshots the table
// that takes most.
Pruner::Progress* Pruner::next_for_size(SQLite::Database& database) {
  Progress* next = largest_of_next_kind(database);
  if (next == nullptr || next == last_taken_) return next;
  if (last_taken_ != nullptr && !options_.is_dry) {
    // Rows were added meanwhile, and most of them to the loudest table.
    for (Progress& progress : sources_) progress.bytes = -1;
    next = largest_of_next_kind(database);
  }
  last_taken_ = next;
  return next;
}

Pruner::Progress* Pruner::largest_of_next_kind(SQLite::Database& database) {
  const auto is_chatter = [](const Progress& progress) {
    return progress.source.kind == Kind::events || progress.source.kind == Kind::hardware;
  };
  Progress* largest = nullptr;
  for (Progress& progress : sources_) {
    if (progress.is_exhausted) continue;
    if (largest != nullptr && !is_chatter(progress)) break;
    if (!is_chatter(progress)) return &progress;
    worked_on_ = &progress;
    if (progress.bytes < 0) progress.bytes = estimate_bytes(database, progress.source);
    if (largest == nullptr || progress.bytes > largest->bytes) largest = &progress;
  }
  return largest;
}

void Pruner::apply_file_size(SQLite::Database& database) {
  const std::int64_t limit = limits_.bytes_of_file();
  if (counted_bytes(database) <= goal_of(limit)) return leave_size(database);
  Progress* progress = next_for_size(database);
  if (progress == nullptr) return leave_size(database);
  worked_on_ = progress;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  if (progress->source.kind == Kind::crashes) {
    if (!std::exchange(has_weighed_crashes_, true) && !would_crashes_suffice(database, *progress)) {
      progress->is_exhausted = true;
      return;
    }
    // The newest is what a look at the database is for.
    const auto ids = ids_of(database, progress->source);
    last = ids ? id_below(ids->highest, 1) : 0;
  }
  const Chunk chunk = take(database, *progress, last, {.any = true}, Reason::size);
  if (chunk.rows.empty()) progress->is_exhausted = true;
}

Chunk Pruner::take(SQLite::Database& database, Progress& progress, std::int64_t last,
                   const Wanted& wanted, Reason reason) {
  Chunk chunk;
  const bool is_look_only = options_.is_dry || !progress.is_known_to_go;
  if (is_look_only) {
    find_spellings(database, progress.source);
    chunk = scan(database, progress.source, progress.at, last, progress.rows, wanted);
  }
  // Nothing is written where nothing goes: that would wake a flush that watches the database.
  if (!options_.is_dry && (!is_look_only || chunk.going() > 0)) {
    chunk = take_in_transaction(database, progress, last, wanted);
  } else if (chunk.going() == 0) {
    progress.rows = std::min(progress.rows * 2, kMostRows);
  }
  progress.is_known_to_go = chunk.going() > 0;
  if (chunk.rows.empty()) return chunk;
  progress.at = chunk.rows.back().id;
  if (progress.bytes > 0)
    progress.bytes = std::max<std::int64_t>(progress.bytes - chunk.bytes_going(), 0);
  if (options_.is_dry) would_free_ += chunk.bytes_going();
  note(progress, chunk, wanted, reason);
  return chunk;
}

Chunk Pruner::take_in_transaction(SQLite::Database& database, Progress& progress, std::int64_t last,
                                  const Wanted& wanted) {
  sqlite::Transaction transaction(database);
  const auto begin = Clock::now();
  if (!is_still_ours(database, progress)) return {};
  find_spellings(database, progress.source);
  Chunk chunk = scan(database, progress.source, progress.at, last, progress.rows, wanted);
  remove(database, progress.source, chunk);
  transaction.commit();
  progress.rows = adapted(progress.rows, Clock::now() - begin, kMostRows);
  return chunk;
}

void Pruner::note(const Progress& progress, const Chunk& chunk, const Wanted& wanted,
                  Reason reason) {
  if (chunk.going() == 0) return;
  auto& tables = report_.tables;
  auto table = std::find_if(tables.begin(), tables.end(), [&](const PruneReport::Table& known) {
    return known.name == progress.source.table;
  });
  if (table == tables.end()) table = tables.insert(table, {progress.source.table});
  for (const Chunk::Row& row : chunk.rows) {
    if (!row.goes) continue;
    ++table->rows;
    if (reason == Reason::size) {
      ++table->by_size;
    } else {
      ++(wanted.before && row.is_old ? table->by_age : table->by_rows);
    }
  }
}

void Pruner::give_back(SQLite::Database& database) {
  constexpr std::int64_t kIncremental = 2;
  constexpr std::int64_t kMostPages = 512;
  if (options_.is_dry || number(database, "PRAGMA auto_vacuum") != kIncremental) {
    phase_ = Phase::done;
    return;
  }
  const std::int64_t free = number(database, "PRAGMA freelist_count");
  const std::int64_t limit = limits_.bytes_of_file();
  const std::int64_t spare_bytes =
      limit > 0 ? std::min(options_.spare_bytes, limit / 10) : options_.spare_bytes;
  const std::int64_t spare = spare_bytes / number(database, "PRAGMA page_size");
  if (free <= spare) {
    phase_ = Phase::done;
    return;
  }
  const auto begin = Clock::now();
  const std::int64_t pages = std::min(free - spare, pages_a_step_);
  database.exec("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")");
  report_.pages_given_back += pages;
  pages_a_step_ = adapted(pages_a_step_, Clock::now() - begin, kMostPages);
  if (free - pages <= spare) phase_ = Phase::done;
}

std::int64_t Pruner::excess_percent(SQLite::Database& database) const {
  const std::int64_t limit = limits_.bytes_of_file();
  if (limit == 0 || !report_.size_unknown.empty()) return 0;
  return std::max<std::int64_t>(counted_bytes(database) - limit, 0) /
         std::max(limit / 100, std::int64_t{1});
}

// What the limit of bytes is about.
std::int64_t Pruner::counted_bytes(SQLite::Database& database) const {
  return used_bytes(database) - foreign_bytes_ - report_.held_bytes;
}

std::int64_t Pruner::used_bytes(SQLite::Database& database) const {
  return bytes_in_use(database) - would_free_;
}

}  // namespace dblog::retention
