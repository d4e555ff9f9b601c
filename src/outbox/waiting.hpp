// Why alerts are still there at a flush's end, and until when. Reads only.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>

#include "dblog/event.hpp"

namespace dblog::outbox {

struct Wait {
  std::int64_t alerts = 0;
  std::optional<Timestamp> until;  ///< Of the first of them.
};

struct Waiting {
  std::int64_t alerts = 0;      ///< All that are pending.
  std::int64_t due = 0;         ///< Of them, those that may be sent now.
  Wait digest;                  ///< Of them, those that their kind's next message will count.
  Wait retry;                   ///< Of them, those that failed before.
  std::int64_t being_sent = 0;  ///< Besides them: under a lease that counts.
};

[[nodiscard]] Waiting look_at_waiting(SQLite::Database& database, const std::string& channel,
                                      Timestamp now);

}  // namespace dblog::outbox
