#include "src/store/event_runs.hpp"

#include "src/schema/schema.hpp"
#include "src/sqlite/statement_use.hpp"

namespace dblog::store {
namespace {

// As of event tables: names that a program makes up as it goes must not fill the memory.
constexpr std::size_t kMostRuns = 64;

}  // namespace

bool EventRuns::is_going_on(const sqlite::TableName& table, const Origin& origin) const {
  const auto known = runs_.find(table.text());
  return origin.process_id == 0 ||
         (known != runs_.end() && !known->second.was_interrupted && known->second.origin == origin);
}

bool EventRuns::continues(const sqlite::TableName& table, std::int64_t id) const {
  const auto known = runs_.find(table.text());
  return known == runs_.end() || (known->second.is_open && known->second.last + 1 == id);
}

void EventRuns::add(const sqlite::TableName& table, std::int64_t first, std::int64_t last,
                    const Origin& origin) {
  if (origin.process_id == 0) return pass(table, last);
  const auto known = runs_.find(table.text());
  const bool is_first = known == runs_.end();
  const bool continues = !is_first && known->second.last + 1 == first;
  if (continues && known->second.origin == origin && known->second.is_open) {
    known->second.last = last;
    known->second.was_interrupted = false;
    return;
  }
  if (!is_first && known->second.is_open) end(table.text(), known->second);
  // Where others write all the time a run is whole at once: its end needs no second statement.
  const bool is_open = is_first || continues || !known->second.was_interrupted;
  insert(table, first, is_open ? std::nullopt : std::optional(last), origin);
  const Run run{first, last, origin, is_open, !is_first && !continues};
  if (is_first && runs_.size() >= kMostRuns) runs_.clear();
  runs_.insert_or_assign(table.text(), run);
}

void EventRuns::pass(const sqlite::TableName& table, std::int64_t id) {
  const auto known = runs_.find(table.text());
  if (known != runs_.end() && known->second.last + 1 == id) known->second.last = id;
}

void EventRuns::add_whole(const sqlite::TableName& table, std::int64_t first, std::int64_t last,
                          const Origin& origin) {
  if (origin.process_id == 0) return;
  insert(table, first, last, origin);
}

void EventRuns::end_all() {
  for (const auto& [table, run] : runs_) {
    if (run.is_open) end(table, run);
  }
  runs_.clear();
}

void EventRuns::insert(const sqlite::TableName& table, std::int64_t first,
                       std::optional<std::int64_t> last, const Origin& origin) {
  if (!insert_) insert_.emplace(database_, schema::kInsertEventRun);
  const sqlite::StatementUse row(*insert_);
  row->bindNoCopy(1, table.text());
  row->bind(2, first);
  if (last) row->bind(3, *last);
  row->bind(4, origin.process_id);
  row->bind(5, origin.utc_offset_seconds);
  row->exec();
}

void EventRuns::end(const std::string& table, const Run& run) {
  if (!end_) end_.emplace(database_, schema::kEndEventRun);
  const sqlite::StatementUse row(*end_);
  row->bindNoCopy(1, table);
  row->bind(2, run.first);
  row->bind(3, run.last);
  row->bind(4, run.origin.process_id);
  row->exec();
}

}  // namespace dblog::store
