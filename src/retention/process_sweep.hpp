// Processes of which nothing is left to tell: they ended or began a month ago, and no crash and no
// event refers to them. Runs of events go with the last of their events.
// Used by `dblog flush` and `dblog prune`, once a day, in short transactions. Throws
// SQLite::Exception.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>

#include "dblog/event.hpp"

namespace dblog::retention {

class ProcessSweep {
 public:
  explicit ProcessSweep(Timestamp now) : now_(now) {}

  /// One step; false when all is done.
  bool step(SQLite::Database& database);

  [[nodiscard]] std::int64_t removed() const noexcept { return removed_; }

 private:
  void remove_runs(SQLite::Database& database);
  void remove_processes(SQLite::Database& database);

  Timestamp now_;
  std::string at_table_;
  bool are_runs_done_ = false;
  bool is_done_ = false;
  std::int64_t removed_ = 0;
};

}  // namespace dblog::retention
