// Ids from the index outbox_open, then the rows one by one.
#include "src/outbox/due_work.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "src/outbox/alert_key.hpp"
#include "src/outbox/digest_text.hpp"
#include "src/outbox/due_time.hpp"

namespace dblog::outbox {
namespace {

constexpr const char* kNew =
    "SELECT id FROM outbox WHERE channel = ?1 AND state = 'pending' AND next_attempt IS NULL "
    "LIMIT ?2";
constexpr const char* kDue =
    "SELECT id FROM outbox WHERE channel = ?1 AND state = 'pending' AND next_attempt >= ?2 AND "
    "next_attempt <= ?3 LIMIT ?4";
constexpr const char* kPending =
    "SELECT id FROM outbox WHERE channel = ?1 AND state = 'pending' LIMIT ?2";

// Whether a row is free, waits in a message that is open, or belongs to one that is done with; and
// what tells it apart. A text that is complete as it stands has its trace in it.
constexpr const char* kRow =
    "SELECT o.subject, o.body, o.created, o.source_table IS 'crashes', o.sent IS NOT NULL, "
    "x.fingerprint, EXISTS (SELECT 1 FROM outbox_groups g WHERE g.carrier_id = o.id), "
    "f.carrier_id, c.state, c.attempts, "
    "EXISTS (SELECT 1 FROM outbox_digests d WHERE d.carrier_id = f.carrier_id AND "
    "d.is_settled = 0), o.attempts, "
    "x.id IS NOT NULL AND x.fingerprint IS NULL AND x.date BETWEEN ?3 AND ?4, "
    "coalesce(o.program, x.executable), coalesce(o.release, x.release), "
    "coalesce(o.host, x.host), x.thread_name, CASE WHEN x.fingerprint IS NULL AND "
    "o.utc_offset IS NOT NULL THEN x.stack_trace END, o.utc_offset IS NOT NULL "
    "FROM outbox o LEFT JOIN outbox_folds f ON f.outbox_id = o.id "
    "LEFT JOIN outbox c ON c.id = f.carrier_id "
    "LEFT JOIN crashes x ON o.source_table = 'crashes' AND x.id = o.source_id "
    "WHERE o.id = ?1 AND o.channel = ?2 AND o.state = 'pending'";

struct DueRow {
  std::int64_t id;
  bool is_by_date;  ///< next_attempt has come, and not just never been set.
};

void bind_bound(SQLite::Statement& statement, int index, const DateBound& bound) {
  std::visit([&](const auto& value) { statement.bind(index, value); }, bound);
}

void append_ids(std::vector<DueRow>& rows, SQLite::Statement& query, bool is_by_date) {
  while (query.executeStep()) rows.push_back({query.getColumn(0).getInt64(), is_by_date});
}

std::vector<DueRow> due_rows(SQLite::Database& database, const std::string& channel, Timestamp now,
                             bool ignore_next_attempt, std::int64_t limit) {
  std::vector<DueRow> rows;
  SQLite::Statement first(database, ignore_next_attempt ? kPending : kNew);
  first.bind(1, channel);
  first.bind(2, limit);
  append_ids(rows, first, ignore_next_attempt);
  if (ignore_next_attempt) return rows;
  SQLite::Statement in_range(database, kDue);
  for (const DateRange& range : due_ranges(now)) {
    const std::int64_t left = limit - static_cast<std::int64_t>(rows.size());
    if (left <= 0) break;
    in_range.reset();
    in_range.bind(1, channel);
    bind_bound(in_range, 2, range.low);
    bind_bound(in_range, 3, range.high);
    in_range.bind(4, left);
    append_ids(rows, in_range, true);
  }
  return rows;
}

// Reads many rows in one transaction, but not so many that the log could not be emptied meanwhile.
class ReadTransaction {
 public:
  explicit ReadTransaction(SQLite::Database& database)
      : database_(database), is_ours_(sqlite3_get_autocommit(database.getHandle()) != 0) {
    if (is_ours_) database_.exec("BEGIN");
  }
  ~ReadTransaction() {
    if (is_ours_) database_.tryExec("COMMIT");
  }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  SQLite::Database& database_;
  bool is_ours_;
};

class Sorter {
 public:
  Sorter(SQLite::Database& database, const std::string& channel, Timestamp now)
      : row_(database, kRow) {
    constexpr std::chrono::seconds kTimeForNames{10};
    row_.bind(2, channel);
    row_.bind(3, local_date_text(now - kTimeForNames));
    row_.bind(4, local_date_text(now + kTimeForNames));
  }

  void add(const DueRow& due) {
    row_.reset();
    row_.bind(1, due.id);
    if (!row_.executeStep()) return;
    // Came while this flush was at work: without names and group it would be another kind of alert.
    const bool is_too_fresh = is_true(12);
    if (is_too_fresh) return;
    if (is_true(6)) {
      open({due.id, row_.getColumn(11).getInt64()});
    } else if (row_.isColumnNull(7) || is_left_over()) {
      add_to_group(due);
    } else if (due.is_by_date && text_in(8) == "pending") {
      // A person moved the time of a member, and means the message that it belongs to.
      open({row_.getColumn(7).getInt64(), row_.getColumn(9).getInt64()});
    }
  }

  [[nodiscard]] bool is_full() const { return work_.groups.size() >= kMostGroups; }

  DueWork finish() {
    std::stable_sort(
        work_.groups.begin(), work_.groups.end(),
        [](const AlertGroup& a, const AlertGroup& b) { return a.is_crash && !b.is_crash; });
    return std::move(work_);
  }

  void mark_incomplete() { work_.is_all = false; }

 private:
  bool is_true(int column) { return row_.getColumn(column).getInt() != 0; }

  // Until the next step.
  std::string_view text_in(int index) {
    const SQLite::Column column = row_.getColumn(index);
    const char* bytes = column.getText();
    return {bytes, static_cast<std::size_t>(column.getBytes())};
  }

  // The message that it was a member of is gone or done with, and this row was made pending again.
  bool is_left_over() {
    if (row_.isColumnNull(8)) return true;
    const std::string_view state = text_in(8);
    return state != "pending" && state != "sending" && !is_true(10);
  }

  void open(const OpenMessage& message) {
    auto& open = work_.open_messages;
    if (std::find(open.begin(), open.end(), message) == open.end()) open.push_back(message);
  }

  void add_to_group(const DueRow& due) {
    const AlertFields alert = {.subject = text_in(0),
                               .body = text_in(1),
                               .program = text_in(13),
                               .release = text_in(14),
                               .host = text_in(15),
                               .thread_name = text_in(16),
                               .crash_fingerprint = text_in(5),
                               .stack_trace = text_in(17)};
    std::string key = alert_key(alert);
    const auto [known, is_new] = index_.try_emplace(key, work_.groups.size());
    if (is_new) {
      work_.groups.push_back({.key = std::move(key)});
      work_.groups.back().room = room_of(alert.subject, alert.body);
      const bool has_facts = is_true(18);
      if (has_facts) {
        work_.groups.back().room +=
            room_of(alert.program, alert.release) + room_of(alert.host, alert.thread_name);
      }
    }
    AlertGroup& group = work_.groups[known->second];
    const std::string_view date = text_in(2);
    if (group.rows.empty() || date < group.first_created) group.first_created = date;
    if (date > group.last_created) group.last_created = date;
    constexpr std::size_t kSamples = kSamplesInShared * (kRoomOfSharedSample + 12);
    if (group.rows.size() == 1) group.room += kSamples;
    group.rows.push_back(due.id);
    group.is_asked_for = group.is_asked_for || due.is_by_date || is_true(4);
    group.is_resent = group.is_resent && is_true(4);
    group.is_crash = group.is_crash || is_true(3);
  }

  SQLite::Statement row_;
  DueWork work_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace

DueWork find_due(SQLite::Database& database, const std::string& channel, Timestamp now,
                 bool ignore_next_attempt) {
  constexpr std::size_t kRowsPerTransaction = 5'000;
  std::vector<DueRow> rows = due_rows(database, channel, now, ignore_next_attempt, kMostRows);
  std::sort(rows.begin(), rows.end(), [](const DueRow& a, const DueRow& b) { return a.id < b.id; });
  Sorter sorter(database, channel, now);
  if (static_cast<std::int64_t>(rows.size()) >= kMostRows) sorter.mark_incomplete();
  for (std::size_t at = 0; at < rows.size();) {
    const ReadTransaction transaction(database);
    const std::size_t end = std::min(at + kRowsPerTransaction, rows.size());
    for (; at < end && !sorter.is_full(); ++at) sorter.add(rows[at]);
    if (sorter.is_full()) {
      sorter.mark_incomplete();
      break;
    }
  }
  return sorter.finish();
}

std::int64_t count_due(SQLite::Database& database, const std::string& channel, Timestamp now,
                       bool ignore_next_attempt) {
  constexpr std::int64_t kNoLimit = -1;
  if (ignore_next_attempt) return count_pending(database, channel);
  SQLite::Statement fresh(database,
                          "SELECT count(*) FROM outbox WHERE channel = ?1 AND state = 'pending' "
                          "AND next_attempt IS NULL");
  fresh.bind(1, channel);
  fresh.executeStep();
  std::int64_t count = fresh.getColumn(0).getInt64();
  SQLite::Statement in_range(database, kDue);
  for (const DateRange& range : due_ranges(now)) {
    in_range.reset();
    in_range.bind(1, channel);
    bind_bound(in_range, 2, range.low);
    bind_bound(in_range, 3, range.high);
    in_range.bind(4, kNoLimit);
    while (in_range.executeStep()) ++count;
  }
  return count;
}

std::int64_t count_pending(SQLite::Database& database, const std::string& channel) {
  SQLite::Statement query(database,
                          "SELECT count(*) FROM outbox WHERE channel = ?1 AND state = 'pending'");
  query.bind(1, channel);
  query.executeStep();
  return query.getColumn(0).getInt64();
}

std::optional<Timestamp> next_due(SQLite::Database& database, const std::string& channel,
                                  Timestamp now) {
  SQLite::Statement row(
      database,
      "SELECT next_attempt FROM outbox WHERE channel = ?1 AND state = 'pending' "
      "AND next_attempt > ?2 AND next_attempt < ?3 ORDER BY next_attempt LIMIT 1");
  row.bind(1, channel);
  row.bind(2, local_date_text(now));
  row.bind(3, first_impossible_day(now));
  if (!row.executeStep()) return std::nullopt;
  return parse_date(row.getColumn(0).getString());
}

}  // namespace dblog::outbox
