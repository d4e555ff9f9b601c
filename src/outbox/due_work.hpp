// What a flush has to do: the due rows of a channel, alerts that are the same again put together.
// Reads only, in short transactions; claims nothing. Also what `dblog flush --dry-run` shows.
// Memory: 24 bytes a row and a few hundred a group, for kMostRows and kMostGroups at most.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dblog/event.hpp"

namespace dblog::outbox {

inline constexpr std::int64_t kMostRows = 1'000'000;
inline constexpr std::size_t kMostGroups = 20'000;

/// Pending rows that are the same again (alert_key()) and belong to no message yet.
struct AlertGroup {
  std::string key;
  std::vector<std::int64_t> rows;  ///< Ascending, never empty.
  bool is_asked_for = false;       ///< By some row's own next_attempt: being quiet does not count.
  bool is_resent = true;           ///< Every row was sent once before.
  bool is_crash = false;           ///< One that made its group regress counts as asked for.
  bool has_regressed = false;      ///< It has the crash by which its group regressed.
  std::size_t room = 0;            ///< What its first row's text takes in a shared message.
  std::string first_created, last_created;
};

/// A message that was tried before, or that a process had claimed which was killed: it is sent
/// as it was.
struct OpenMessage {
  std::int64_t id = 0;
  std::int64_t attempts = 0;

  friend bool operator==(const OpenMessage&, const OpenMessage&) = default;
};

/// Rows that a rule keeps from being sent, by outbox.suppressed_by.
using SuppressedRows = std::map<std::string_view, std::vector<std::int64_t>>;

struct DueWork {
  std::vector<OpenMessage> open_messages;
  std::vector<AlertGroup> groups;  ///< Crashes first, then oldest first.
  SuppressedRows suppressed;
  bool is_all = true;  ///< Else there is more than fits into memory.
};

/// What is due at `now`; with `ignore_next_attempt` all that is pending. Alerts of other
/// environments than `environments` are suppressed, if it names any.
[[nodiscard]] DueWork find_due(SQLite::Database& database, const std::string& channel,
                               const std::vector<std::string>& environments, Timestamp now,
                               bool ignore_next_attempt);

/// How many rows find_due() would look at, and how many are pending at all.
[[nodiscard]] std::int64_t count_due(SQLite::Database& database, const std::string& channel,
                                     Timestamp now, bool ignore_next_attempt);
[[nodiscard]] std::int64_t count_pending(SQLite::Database& database, const std::string& channel);

/// Whether a pending row has a time, in the past or in the future; and whether one has come.
[[nodiscard]] bool waits_for_its_time(SQLite::Database& database, const std::string& channel);
[[nodiscard]] bool is_due_by_date(SQLite::Database& database, const std::string& channel,
                                  Timestamp now);

/// The earliest time in the future at which a row is due; nothing if none waits for its time.
[[nodiscard]] std::optional<Timestamp> next_due(SQLite::Database& database,
                                                const std::string& channel, Timestamp now);

}  // namespace dblog::outbox
