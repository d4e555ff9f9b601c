// Ids from the index outbox_open, then the rows one by one.
#include "src/outbox/due_work.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "src/base/local_time.hpp"
#include "src/outbox/alert_key.hpp"
#include "src/outbox/digest_text.hpp"
#include "src/outbox/due_time.hpp"
#include "src/outbox/environment_choice.hpp"
#include "src/schema/suppressed_by.hpp"

namespace dblog::outbox {
namespace {

using schema::kSuppressedByEnvironment;
using schema::kSuppressedByIgnored;
using schema::kSuppressedByMuted;

constexpr const char* kNew =
    "SELECT id FROM outbox WHERE channel = ?1 AND state = 'pending' AND next_attempt IS NULL "
    "LIMIT ?2";
// Text and UTC disagree about what is due in the hours around a change of clocks. ?5 is now, and ?6
// beyond what a right clock wrote.
const std::string& due_query() {
  static const auto& sql = *new std::string(
      "SELECT id FROM outbox WHERE channel = ?1 AND state = 'pending' AND next_attempt >= ?2 AND "
      "next_attempt <= ?3 AND CASE WHEN " +
      counts_in_utc("next_attempt") +
      " THEN next_attempt_utc <= ?5 OR next_attempt_utc > ?6 ELSE ?7 END LIMIT ?4");
  return sql;
}
constexpr const char* kPending =
    "SELECT id FROM outbox WHERE channel = ?1 AND state = 'pending' LIMIT ?2";

// Whether a row is free, waits in a message that is open, or belongs to one that is done with; and
// what tells it apart. A text that is complete as it stands has its trace in it.
const std::string& row_query() {
  static const auto& sql = *new std::string(
      "SELECT o.subject, o.body, o.created, o.source_table IS 'crashes', o.sent IS NOT NULL, "
      "x.fingerprint, EXISTS (SELECT 1 FROM outbox_groups g WHERE g.carrier_id = o.id), "
      "f.carrier_id, c.state, c.attempts, "
      "EXISTS (SELECT 1 FROM outbox_digests d WHERE d.carrier_id = f.carrier_id AND "
      "d.is_settled = 0), o.attempts, "
      "x.id IS NOT NULL AND x.fingerprint IS NULL AND x.date BETWEEN ?3 AND ?4, "
      "coalesce(o.program, x.executable), coalesce(o.release, x.release), "
      "coalesce(o.host, x.host), x.thread_name, CASE WHEN x.fingerprint IS NULL AND "
      "o.utc_offset IS NOT NULL THEN x.stack_trace END, o.utc_offset IS NOT NULL, "
      "g.regressed_by IS x.id AND x.id IS NOT NULL, "
      "CASE WHEN g.state = 'ignored' OR (g.state = 'muted' AND coalesce(" +
      utc_that_counts("g.muted_until") +
      " > ?6, g.muted_until > ?5)) THEN g.state END, "
      "o.source_table, o.source_id "
      "FROM outbox o LEFT JOIN outbox_folds f ON f.outbox_id = o.id "
      "LEFT JOIN outbox c ON c.id = f.carrier_id "
      "LEFT JOIN crashes x ON o.source_table = 'crashes' AND x.id = o.source_id "
      "LEFT JOIN crash_group_states g ON g.fingerprint = x.fingerprint "
      "WHERE o.id = ?1 AND o.channel = ?2 AND o.state = 'pending'");
  return sql;
}

struct DueRow {
  std::int64_t id;
  bool is_by_date;  ///< next_attempt has come, and not just never been set.
};

void bind_bound(SQLite::Statement& statement, int index, const DateBound& bound) {
  std::visit([&](const auto& value) { statement.bind(index, value); }, bound);
}

void bind_range(SQLite::Statement& query, const std::string& channel, const DateRange& range,
                Timestamp now, std::int64_t limit) {
  query.reset();
  query.bind(1, channel);
  bind_bound(query, 2, range.low);
  bind_bound(query, 3, range.high);
  query.bind(4, limit);
  query.bind(5, microseconds_of(now));
  query.bind(6, microseconds_of(now + kLongestWait));
  query.bind(7, range.is_due_by_text ? 1 : 0);
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
  SQLite::Statement in_range(database, due_query());
  for (const DateRange& range : due_ranges(now)) {
    const std::int64_t left = limit - static_cast<std::int64_t>(rows.size());
    if (left <= 0) break;
    bind_range(in_range, channel, range, now, left);
    append_ids(rows, in_range, true);
  }
  return rows;
}

// Whether clocks change at a time for which something may wait, or have just changed.
bool may_sort_wrong(Timestamp now) {
  const auto offset = [](Timestamp time) {
    return base::utc_offset_seconds(microseconds_of(time));
  };
  return offset(now - kClockChange) != offset(now + kLongestWait + kClockChange);
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
  Sorter(SQLite::Database& database, const std::string& channel,
         const std::vector<std::string>& environments, Timestamp now)
      : row_(database, row_query()), choice_(database, environments) {
    constexpr std::chrono::seconds kTimeForNames{10};
    row_.bind(2, channel);
    row_.bind(3, local_date_text(now - kTimeForNames));
    row_.bind(4, local_date_text(now + kTimeForNames));
    row_.bind(5, local_date_text(now));
    row_.bind(6, microseconds_of(now));
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
      if (const std::string_view rule = suppressed_by(); !rule.empty()) {
        work_.suppressed[rule].push_back(due.id);
      } else {
        add_to_group(due);
      }
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

  // The rule that keeps it from being sent; empty: none does.
  std::string_view suppressed_by() {
    const std::string_view of_group = text_in(20);
    if (of_group == kSuppressedByIgnored) return kSuppressedByIgnored;
    if (of_group == kSuppressedByMuted) return kSuppressedByMuted;
    const bool is_of_other = choice_.leaves_out(text_in(21), row_.getColumn(22).getInt64());
    return is_of_other ? kSuppressedByEnvironment : std::string_view{};
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
    const bool has_regressed = is_true(19);
    group.is_asked_for = group.is_asked_for || due.is_by_date || is_true(4) || has_regressed;
    group.has_regressed = group.has_regressed || has_regressed;
    group.is_resent = group.is_resent && is_true(4);
    group.is_crash = group.is_crash || is_true(3);
  }

  SQLite::Statement row_;
  EnvironmentChoice choice_;
  DueWork work_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace

DueWork find_due(SQLite::Database& database, const std::string& channel,
                 const std::vector<std::string>& environments, Timestamp now,
                 bool ignore_next_attempt) {
  constexpr std::size_t kRowsPerTransaction = 5'000;
  std::vector<DueRow> rows = due_rows(database, channel, now, ignore_next_attempt, kMostRows);
  std::sort(rows.begin(), rows.end(), [](const DueRow& a, const DueRow& b) { return a.id < b.id; });
  Sorter sorter(database, channel, environments, now);
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
  SQLite::Statement in_range(database, due_query());
  for (const DateRange& range : due_ranges(now)) {
    bind_range(in_range, channel, range, now, kNoLimit);
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

bool waits_for_its_time(SQLite::Database& database, const std::string& channel) {
  SQLite::Statement query(database,
                          "SELECT 1 FROM outbox WHERE channel = ?1 AND state = 'pending' "
                          "AND next_attempt IS NOT NULL LIMIT 1");
  query.bind(1, channel);
  return query.executeStep();
}

bool is_due_by_date(SQLite::Database& database, const std::string& channel, Timestamp now) {
  SQLite::Statement in_range(database, due_query());
  for (const DateRange& range : due_ranges(now)) {
    bind_range(in_range, channel, range, now, 1);
    if (in_range.executeStep()) return true;
  }
  return false;
}

std::optional<Timestamp> next_due(SQLite::Database& database, const std::string& channel,
                                  Timestamp now) {
  const std::string range =
      " FROM outbox WHERE channel = ?1 AND state = 'pending' AND next_attempt > ?2 AND "
      "next_attempt < ?3 ";
  const auto bind = [&](SQLite::Statement& query, Timestamp from) {
    query.bind(1, channel);
    query.bind(2, local_date_text(from));
    query.bind(3, first_impossible_day(now));
  };
  SQLite::Statement first(database, "SELECT next_attempt, " + utc_that_counts("next_attempt") +
                                        range + "ORDER BY next_attempt LIMIT 1");
  bind(first, now);
  std::optional<Timestamp> next;
  if (first.executeStep()) next = stored_time(first, 0, 1);
  if (!may_sort_wrong(now)) return next;
  SQLite::Statement all(database, "SELECT min(next_attempt_utc)" + range +
                                      "AND next_attempt_utc > ?4 AND " +
                                      counts_in_utc("next_attempt"));
  bind(all, now - kClockChange);
  all.bind(4, microseconds_of(now));
  if (!all.executeStep() || all.isColumnNull(0)) return next;
  const Timestamp by_utc = time_of(all.getColumn(0).getInt64());
  return next ? std::min(*next, by_utc) : by_utc;
}

}  // namespace dblog::outbox
