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

struct ListQuery {
  /// Only this table, newest id first; kCrashTable for crashes, kHardwareTable for snapshots.
  /// Without it crashes and events of all tables, newest date first.
  std::optional<std::string> table;

  std::int64_t limit = 20;

  /// Only the crashes of this group. Not with another `table` than kCrashTable.
  std::optional<std::string> fingerprint;

  /// Only what such a list has after this entry. With a table, the entry need not exist.
  std::optional<EntryId> before;
};

/// What an event says besides its message.
struct EventFacts {
  std::string severity;            ///< A word of schema::kSeverityWords, if dblog wrote it.
  std::vector<store::Row> fields;  ///< Of event_fields, in the program's order.
  std::vector<std::string> tags;   ///< By name.
  std::int64_t fields_left_out = 0;
  std::int64_t tags_left_out = 0;
};

struct Entry {
  EntryId id;
  bool is_crash = false;
  bool is_hardware = false;
  store::Row row;  ///< All columns of its table.
  /// Of a crash in a list, the function that its group is named after.
  std::optional<std::string> place = std::nullopt;
  std::optional<EventFacts> facts = std::nullopt;  ///< Of an event.
};

/// Crashes of one fault (docs/grouping.md). Both rows are there unless they were deleted.
struct Group {
  std::string fingerprint;
  std::optional<store::Row>
      summary;  ///< Of the view crash_groups; none if no crash has the fingerprint.
  std::optional<store::Row> parts;  ///< Of fingerprint_parts.
};

struct Groups {
  std::vector<store::Row> groups;  ///< Of the view crash_groups, the last seen first.
  std::vector<Entry> newest;       ///< Of each, its newest crash.
  std::int64_t without_group = 0;  ///< Crashes that have no fingerprint yet.
};

struct EventStack {
  std::optional<std::string> fingerprint;
  std::vector<store::Row> frames;  ///< The innermost first.
};

/// Where a handled error was recorded and, with an exception in flight, where that was thrown.
struct EventStacks {
  store::Row row;  ///< Of event_stacks.
  EventStack pushed;
  EventStack thrown;
};

/// What is read of one crash or event. The library writes less: 256 frames of the crashed thread
/// and 32 of each of 64 others (inlined calls besides), 40 registers, 64 breadcrumbs.
inline constexpr std::size_t kMostFrames = 20'000;
inline constexpr std::size_t kMostOtherRows = 1'000;

struct Details {
  Entry entry;
  std::vector<store::Row> frames;       ///< Of a crash: the crashed thread's first, then by depth.
  std::vector<store::Row> threads;      ///< Of a crash, by tid.
  std::vector<store::Row> registers;    ///< Of a crash, by name.
  std::vector<store::Row> breadcrumbs;  ///< Of a crash, oldest first.
  std::optional<Group> group;           ///< Of a crash that has a fingerprint.
  std::int64_t number_in_group = 0;     ///< Of such a crash: 1 is the first recorded.
  std::optional<EventStacks> stacks;    ///< Of an event.
  std::optional<store::Row> hardware;   ///< The row of hw_logs that was taken with it.
  std::optional<store::Row> hardware_details;  ///< What hw_details has beside it.
  std::vector<store::Row> outbox;              ///< Oldest first.
  bool is_truncated = false;                   ///< There are more rows, of which nothing was read.
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

  /// One crash, event or snapshot with all that belongs to it, as of one moment. Fails with
  /// not_found, and says whether there ever was one of that id.
  base::Result<Details> details(const EntryId& id);

  /// The same without group, hardware and outbox: its cost does not grow with the database, except
  /// for a count in the index of the crash's group.
  base::Result<Details> core(const EntryId& id);

  /// Cost: one pass over the index of fingerprints.
  base::Result<Groups> groups(std::int64_t limit);

  /// The whole fingerprint that starts with `beginning`, of crashes and of handled errors' stacks.
  /// Fails with not_found, and with invalid_argument if there are several.
  base::Result<std::string> fingerprint(const std::string& beginning);

  base::Result<Group> group(const std::string& fingerprint);

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace dblog::reader
