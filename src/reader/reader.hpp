// Reads what a database holds: crashes, and the events of every table. Called by the tool's verbs
// that look and do not touch. Must never write to the database, or make a file of that name.
//
//   auto reader = reader::Reader::open("LOGS.db");
//   if (!reader) ... reader.error()
//   auto entries = reader->newest({.limit = 20});
//
// A table of events is any with exactly the columns (id INTEGER PRIMARY KEY, msg, date), so those
// of the older project too. Tables that a database does not have are as good as empty.
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.hpp"
#include "src/sqlite/row.hpp"

namespace dblog::reader {

inline constexpr const char* kCrashTable = "crashes";
inline constexpr const char* kHardwareTable = "hw_logs";

/// Names one crash, event or hardware snapshot.
struct EntryId {
  std::string table;  ///< kCrashTable for a crash.
  std::int64_t id = 0;

  friend bool operator==(const EntryId&, const EntryId&) = default;
};

/// What all of the listed must have; what is not set does not matter.
struct EntryFilter {
  struct Field {
    std::string name;
    std::string value;  ///< As people write it: "12", "0.5", "true".

    friend bool operator==(const Field&, const Field&) = default;
  };

  std::optional<std::string> since;         ///< A date as the database has it, in its local time.
  std::optional<std::string> until;         ///< The first date that is too late.
  std::optional<std::string> kind;          ///< Of `crashes`, or "event".
  std::optional<int> signal;                ///< That crashed or killed a process.
  std::optional<std::string> min_severity;  ///< A word of schema::kSeverityWords; crashes have all.
  std::optional<std::string> release;
  std::optional<std::string> environment;
  std::optional<std::string> text;  ///< A part of the message, or of an exception's type.
  std::vector<Field> fields;        ///< Context of a crash, too.
  std::vector<std::string> tags;

  friend bool operator==(const EntryFilter&, const EntryFilter&) = default;
};

struct ListQuery {
  /// Only this table, newest id first; kCrashTable for crashes, kHardwareTable for snapshots.
  /// Without it crashes and events of all tables, newest date first.
  std::optional<std::string> table;

  std::int64_t limit = 20;

  /// Only the crashes of this group. Not with another `table` than kCrashTable.
  std::optional<std::string> fingerprint;

  EntryFilter filter;

  /// Only what such a list has after this entry. With a table, the entry need not exist.
  std::optional<EntryId> before;

  /// With a table, and without `before`: what has a higher id than this, the oldest id first.
  std::optional<std::int64_t> after;
};

/// What an event says besides its message.
struct EventFacts {
  std::string severity;             ///< A word of schema::kSeverityWords, if dblog wrote it.
  std::vector<sqlite::Row> fields;  ///< Of event_fields, in the program's order.
  std::vector<std::string> tags;    ///< By name.
  std::int64_t fields_left_out = 0;
  std::int64_t tags_left_out = 0;
};

struct Entry {
  EntryId id;
  bool is_crash = false;
  bool is_hardware = false;
  sqlite::Row row;  ///< All columns of its table.
  /// Of a crash in a list, the function that its group is named after.
  std::optional<std::string> place = std::nullopt;
  std::optional<EventFacts> facts = std::nullopt;  ///< Of an event.
  /// Of a crash in a list, the row of crash_group_states.
  std::optional<sqlite::Row> group_state = std::nullopt;
  /// Of a crash or event, the row of dblog_processes; older databases do not have it.
  std::optional<sqlite::Row> process = std::nullopt;
  std::optional<std::int64_t> utc_offset = std::nullopt;  ///< Of its date: seconds east of UTC.
};

/// Crashes of one fault (docs/grouping.md). Both rows are there unless they were deleted.
struct Group {
  std::string fingerprint;
  std::optional<sqlite::Row>
      summary;  ///< Of the view crash_groups; none if no crash has the fingerprint.
  std::optional<sqlite::Row> parts;  ///< Of fingerprint_parts.
  std::optional<sqlite::Row> state;  ///< Of crash_group_states.
};

struct Groups {
  std::vector<sqlite::Row> groups;  ///< Of the view crash_groups, the last seen first.
  std::vector<Entry> newest;        ///< Of each, its newest crash.
  std::int64_t without_group = 0;   ///< Crashes that have no fingerprint yet.
};

struct EventStack {
  std::optional<std::string> fingerprint;
  std::vector<sqlite::Row> frames;  ///< The innermost first.
};

/// Where a handled error was recorded and, with an exception in flight, where that was thrown.
struct EventStacks {
  sqlite::Row row;  ///< Of event_stacks.
  EventStack pushed;
  EventStack thrown;
};

/// What is read of one crash or event. The library writes less: 256 frames of the crashed thread
/// and 32 of each of 64 others (inlined calls besides), 40 registers, 64 breadcrumbs.
inline constexpr std::size_t kMostFrames = 20'000;
inline constexpr std::size_t kMostOtherRows = 1'000;

struct Details {
  Entry entry;
  std::vector<sqlite::Row> frames;     ///< Of a crash: the crashed thread's first, then by depth.
  std::vector<sqlite::Row> threads;    ///< Of a crash, by tid.
  std::vector<sqlite::Row> registers;  ///< Of a crash, by name.
  std::optional<sqlite::Row> noexcept_frame;    ///< Of a crash: the row of crash_noexcept.
  std::optional<sqlite::Row> note;              ///< Of a crash: the program's own.
  std::vector<sqlite::Row> breadcrumbs;         ///< Of a crash, oldest first.
  std::vector<sqlite::Row> context;             ///< Of a crash: rows of crash_fields.
  std::optional<Group> group;                   ///< Of a crash that has a fingerprint.
  std::optional<sqlite::Row> group_state;       ///< Of such a crash: the row of crash_group_states.
  std::int64_t number_in_group = 0;             ///< Of such a crash: 1 is the first recorded.
  std::optional<EventStacks> stacks;            ///< Of an event.
  std::optional<sqlite::Row> hardware;          ///< The row of hw_logs that was taken with it.
  std::optional<sqlite::Row> hardware_details;  ///< What hw_details has beside it.
  std::vector<sqlite::Row> outbox;              ///< Oldest first.
  bool is_truncated = false;                    ///< There are more rows, of which nothing was read.
};

struct Overview {
  std::int64_t crashes = 0;  ///< In the database.
  std::int64_t events = 0;   ///< In all its tables of events.
  /// Of each program, release and environment: first_seen, last_seen, processes, crashed, killed;
  /// the last seen first. At most kMostOtherRows, and `is_truncated` if there are more.
  std::vector<sqlite::Row> releases;
  bool is_truncated = false;
};

/// How many crashes or events there were of one kind, on one day and in one program.
struct Tally {
  std::string day;      ///< "2026-01-31", as the dates have it.
  std::string kind;     ///< Of `crashes`, or "event".
  std::string what;     ///< A crash's exception type, signal or cause; an event's severity.
  std::string program;  ///< Its executable; empty: not known.
  std::int64_t count = 0;
};

struct StatisticsQuery {
  EntryFilter filter;
  std::string week_ago, two_weeks_ago;  ///< Dates as the database has them.
};

struct Statistics {
  std::vector<Tally> tallies;
  std::vector<double> failures;  ///< Of crashes and kills, in seconds, sorted; from any zero.
  /// As Overview has them. Nothing where the filter asks for what a process does not have.
  std::optional<std::vector<sqlite::Row>> releases;
  /// Of the ten groups with the most crashes: fingerprint, count, last_week, week_before,
  /// newest_crash, and whether there was a crash before last week: is_older.
  std::vector<sqlite::Row> groups;
  std::vector<Entry> newest;          ///< Of each, its newest crash.
  std::vector<sqlite::Row> messages;  ///< Of each channel and state: how many.
  std::int64_t bytes = 0;             ///< Of the database without its log.
  std::int64_t free_bytes = 0;        ///< Of them, what SQLite can use again.
  bool is_truncated = false;          ///< There are more tallies or releases than were read.
};

/// How many there are of each kind.
struct Counts {
  std::vector<sqlite::Row> crashes;  ///< executable, release, kind, signal_name, count; newest:
                                     ///< seconds since 1970.
  std::vector<sqlite::Row> events;   ///< table, severity, release, count.
  bool is_truncated = false;         ///< There are more than 10,000 of either.
};

class Reader {
 public:
  /// Fails with not_found, permission, not_a_database, newer_schema, busy or io; waits for other
  /// programs' locks for 2 seconds at most.
  static base::Result<Reader> open(const std::filesystem::path& database);

  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  /// Fails with not_found for a table or, without a table, a `before` that does not exist.
  /// Cost: the rows that are listed, and without a table one pass over the dates of tables with
  /// few rows. In those with more than 20,000 events or 2,000 crashes rows stand as they were
  /// recorded, between the other tables' by their dates.
  base::Result<std::vector<Entry>> newest(const ListQuery& query);

  /// kCrashTable, if there is that table, then those of events by name.
  base::Result<std::vector<std::string>> tables();

  /// Cost: a pass over crashes and events.
  base::Result<Counts> counts(const EntryFilter& filter);

  /// One crash, event or snapshot with all that belongs to it, as of one moment. Fails with
  /// not_found, and says whether there ever was one of that id.
  base::Result<Details> details(const EntryId& id);

  /// The same without group (but its state), hardware and outbox: its cost does not grow with the
  /// database, except for a count in the index of the crash's group.
  base::Result<Details> core(const EntryId& id);

  /// Cost: one pass over the index of fingerprints.
  base::Result<Groups> groups(std::int64_t limit);

  /// The whole fingerprint that `name` means: its beginning, of crashes and of handled errors'
  /// stacks, or a crash of the group, named as below. Fails with not_found, and with
  /// invalid_argument if it means several, which the error names.
  base::Result<std::string> fingerprint(const std::string& name);

  /// The crash that `name` means: its id, the beginning of its UUID, or that of a fingerprint,
  /// which means the newest crash of the group. Fails likewise.
  base::Result<EntryId> crash(const std::string& name);

  base::Result<Group> group(const std::string& fingerprint);

  /// Cost: one pass over every table of events, and over processes.
  base::Result<Overview> overview();

  /// Cost: one pass over every table of events, over crashes, processes and messages.
  base::Result<Statistics> statistics(const StatisticsQuery& query);

  /// Rows of hw_logs with their hw_details, from an hour before `date` to ten minutes after it, the
  /// nearest 120 in time. None if `date` is no date.
  base::Result<std::vector<sqlite::Row>> hardware_around(const std::string& date);

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace dblog::reader
