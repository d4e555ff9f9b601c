#include "src/outbox/waiting.hpp"

#include <algorithm>

#include "src/outbox/due_time.hpp"
#include "src/outbox/due_work.hpp"
#include "src/outbox/outbox_queue.hpp"

namespace dblog::outbox {
namespace {

// Rows that were told already, in a message of which not all rows are marked yet.
constexpr const char* kTold =
    "SELECT count(*) FROM outbox_digests d CROSS JOIN outbox c ON c.id = d.carrier_id "
    "CROSS JOIN outbox_folds f ON f.carrier_id = d.carrier_id "
    "CROSS JOIN outbox o ON o.id = f.outbox_id "
    "WHERE d.is_settled = 0 AND c.channel = ?1 AND c.state IN ('sent', 'dead') AND "
    "o.state = 'pending'";
std::string later_query() {
  const std::string utc = utc_that_counts("next_attempt");
  return "SELECT attempts > 0, count(*), min(CASE WHEN utc IS NULL THEN next_attempt END), "
         "min(utc) "
         "FROM (SELECT attempts, next_attempt, " +
         utc +
         " AS utc FROM outbox WHERE channel = ?1 AND state = 'pending' AND next_attempt > ?4 AND "
         "next_attempt < ?3 AND typeof(next_attempt) = 'text') WHERE coalesce(utc > ?5, "
         "next_attempt > ?2) GROUP BY 1";
}

}  // namespace

Waiting look_at_waiting(SQLite::Database& database, const std::string& channel, Timestamp now) {
  Waiting waiting;
  SQLite::Statement told(database, kTold);
  told.bind(1, channel);
  const std::int64_t is_told = told.executeStep() ? told.getColumn(0).getInt64() : 0;
  const auto untold = [&](std::int64_t count) {
    return std::max<std::int64_t>(count - is_told, 0);
  };
  waiting.alerts = untold(count_pending(database, channel));
  waiting.due = untold(count_due(database, channel, now, false));
  waiting.being_sent = claims_of(database, channel, now).living;
  SQLite::Statement later(database, later_query());
  later.bind(1, channel);
  later.bind(2, local_date_text(now));
  later.bind(3, first_impossible_day(now));
  later.bind(4, local_date_text(now - kClockChange));
  later.bind(5, microseconds_of(now));
  while (later.executeStep()) {
    Wait& wait = later.getColumn(0).getInt() != 0 ? waiting.retry : waiting.digest;
    const auto by_text = parse_date(later.getColumn(2).getString());
    const auto by_utc = stored_time(later, 2, 3);
    wait = {later.getColumn(1).getInt64(),
            by_text && by_utc ? std::optional(std::min(*by_text, *by_utc)) : by_utc};
  }
  return waiting;
}

}  // namespace dblog::outbox
