// One pass over a database: what is over the limits goes, in small steps that each commit.
//
//   Pruner pruner{limits, {}};
//   while (pruner.step(database)) let_others_write();
//
// First what is too old or too much for its table, then what is too large for the file: messages
// that were sent, then events and hardware snapshots (of the table that takes most room, so that a
// loud one does not push out a quiet one), dead messages, and last crashes. At the end free pages
// are given back, if the file is of the kind that can.
//
// A step takes some milliseconds; a process that is killed anywhere leaves whole rows behind. It
// may be given another connection to the same database at every step.
// Used by maintenance and prune_database(). Threads: one at a time. Throws SQLite::Exception.
#pragma once

#include <SQLiteCpp/Database.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dblog/event.hpp"
#include "src/config/retention.hpp"
#include "src/retention/row_removal.hpp"

namespace dblog::retention {

struct PruneOptions {
  /// Only says what would go: nothing is written.
  bool is_dry = false;
  /// What other programs' tables take is measured (each of their pages is read), and not counted.
  /// Otherwise a file that has such tables has no limit of bytes.
  bool measures_foreign_tables = true;
  /// Free pages that stay in the file, for what is written next, but no more than a tenth of its
  /// limit; 0: none.
  std::int64_t spare_bytes = 4'000'000;
  Timestamp now = dblog::now();
};

struct PruneReport {
  struct Table {
    std::string name;
    std::int64_t rows = 0;  ///< That went; of crashes and messages each with what belongs to it.
    std::int64_t by_age = 0, by_rows = 0, by_size = 0;  ///< Which limit they were over.
  };
  std::vector<Table> tables;      ///< Those of which rows went.
  std::int64_t bytes_before = 0;  ///< In use; free pages not counted.
  std::int64_t bytes_after = 0;   ///< Of a dry run: about.
  std::int64_t pages_given_back = 0;
  bool is_over_limit = false;     ///< At the end: what is left must stay.
  std::int64_t held_bytes = 0;    ///< About: messages that wait, and their rows. Not counted.
  std::vector<std::string> left;  ///< Tables that were left as they are, and why; one line each.
  std::string size_unknown;       ///< Why the limit of bytes did not count; empty: it did.
};

/// The pages of the file that are in use, in bytes. Throws SQLite::Exception.
[[nodiscard]] std::int64_t bytes_in_use(SQLite::Database& database);

class Pruner {
 public:
  Pruner(config::Retention limits, PruneOptions options);

  /// Goes on a little; false when the pass is at its end.
  bool step(SQLite::Database& database);

  /// After a step that found no room on the disk, and may be tried again; false if the steps are
  /// as small as they can be.
  bool take_smaller_steps();

  [[nodiscard]] const PruneReport& report() const noexcept { return report_; }

  /// By how much of its limit the file has more than that, as far as the pass can change it.
  [[nodiscard]] std::int64_t excess_percent(SQLite::Database& database) const;

  /// Rows in a transaction: as many as take about two milliseconds.
  static constexpr std::int64_t kFirstRows = 64, kMostRows = 4'000;

 private:
  enum class Phase { look, limits, table_sizes, measure, file_size, give_back, done };
  enum class Reason { limits, size };

  struct Progress {
    Source source;
    std::int64_t at = 0;    ///< Everything up to this id was looked at.
    std::int64_t rows = 1;  ///< In the next step.
    bool has_sampled = false;
    std::optional<std::int64_t> old_up_to;  ///< An old row was seen there.
    bool is_known_to_go = false;            ///< The last chunk had rows that went.
    bool is_exhausted = false;
    bool is_left = false;     ///< As it is: dropped or changed, or it has a trigger.
    std::int64_t bytes = -1;  ///< Estimate; -1: none was made.
  };

  void go_on(SQLite::Database& database);
  bool is_still_ours(SQLite::Database& database, Progress& progress);
  void leave_table(SQLite::Database& database, Progress& progress, const char* why);
  void look_around(SQLite::Database& database);
  void apply_limits(SQLite::Database& database);
  void apply_table_size(SQLite::Database& database);
  void measure(SQLite::Database& database);
  void apply_file_size(SQLite::Database& database);
  void leave_size(SQLite::Database& database);
  bool would_crashes_suffice(SQLite::Database& database, const Progress& crashes);
  void give_back(SQLite::Database& database);
  bool is_size_known(SQLite::Database& database);
  Progress* next_for_size(SQLite::Database& database);
  Progress* largest_of_next_kind(SQLite::Database& database);
  Chunk take(SQLite::Database& database, Progress& progress, std::int64_t last,
             const Wanted& wanted, Reason reason);
  Chunk take_in_transaction(SQLite::Database& database, Progress& progress, std::int64_t last,
                            const Wanted& wanted);
  void note(const Progress& progress, const Chunk& chunk, const Wanted& wanted, Reason reason);
  void next_source();
  [[nodiscard]] std::int64_t used_bytes(SQLite::Database& database) const;
  [[nodiscard]] std::int64_t counted_bytes(SQLite::Database& database) const;

  const config::Retention limits_;
  const PruneOptions options_;
  Phase phase_ = Phase::look;
  std::vector<Progress> sources_;
  std::size_t current_ = 0;
  std::int64_t schema_ = 0;
  Progress* worked_on_ = nullptr;
  Progress* last_taken_ = nullptr;  ///< For room.
  bool has_weighed_crashes_ = false;
  std::int64_t foreign_bytes_ = 0;
  std::int64_t would_free_ = 0;  ///< By a dry run.
  std::int64_t pages_a_step_ = 16;
  PruneReport report_;
};

}  // namespace dblog::retention
