// Rows of event_stacks, and of the other parts of events, whose event is gone go, and then stacks
// that no event names any more. A stack is shared by all events of one place, and nothing counts
// them: so all event_stacks rows are read (a step reads some thousand), and stacks that no row
// named are deleted, after a look at the rows that came meanwhile, in the same transaction. Used by
// prune_database(), once a day. Throws SQLite::Exception. Threads: one at a time.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>

namespace dblog::retention {

class StackSweep {
 public:
  /// Goes on a little; false when it is at its end.
  bool step(SQLite::Database& database);

  /// Stacks that went.
  [[nodiscard]] std::int64_t removed() const noexcept { return removed_; }

 private:
  void remove_orphans(SQLite::Database& database);
  void mark(SQLite::Database& database);
  void mark_newer(SQLite::Database& database);
  void sweep(SQLite::Database& database);

  std::size_t orphans_part_ = 0;  ///< An index into kEventParts; past its end: done.
  std::string orphans_table_;
  std::int64_t orphans_at_ = 0;
  bool is_marked_ = false;
  bool is_done_ = false;
  std::string at_table_;
  std::int64_t at_id_ = 0;
  std::map<std::string, std::int64_t> seen_;  ///< Of each table up to which id.
  std::unordered_set<std::int64_t> named_;
  bool has_swept_ = false;
  std::int64_t at_stack_ = 0;
  std::int64_t removed_ = 0;
};

}  // namespace dblog::retention
