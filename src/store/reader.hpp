// Reads what a database holds: crashes, and the events of every table. Called by the tool's verbs
// that look and do not touch. Must never write to the database, or make a file of that name.
//
//   auto reader = store::Reader::open("LOGS.db");
//   if (!reader) ... reader.error()
//   auto entries = reader->newest({.limit = 20});
//
// A table of events is any with exactly the columns (id INTEGER PRIMARY KEY, msg, date), so those
// of the older project too. Tables that a database does not have are as good as empty.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/result/result.hpp"
#include "src/store/row.hpp"

namespace dblog::store {

inline constexpr const char* kCrashTable = "crashes";

/// Names one crash or event.
struct EntryId {
  std::string table;  ///< kCrashTable for a crash.
  std::int64_t id = 0;

  friend bool operator==(const EntryId&, const EntryId&) = default;
};

struct ListQuery {
  /// Only this table, newest id first; kCrashTable for crashes. Without it crashes and events of
  /// all tables, newest date first.
  std::optional<std::string> table;

  std::int64_t limit = 20;

  /// Only what such a list has after this entry. With a table, the entry need not exist.
  std::optional<EntryId> before;
};

struct Entry {
  EntryId id;
  bool is_crash = false;
  Row row;  ///< All columns of its table.
};

struct Details {
  Entry entry;
  std::vector<Row> frames;              ///< Of a crash: the crashed thread's first, then by depth.
  std::optional<Row> hardware;          ///< The row of hw_logs that was taken with it.
  std::optional<Row> hardware_details;  ///< What hw_details has beside it.
  std::vector<Row> outbox;              ///< Oldest first.
};

class Reader {
 public:
  /// Fails with not_found, permission, not_a_database, newer_schema, busy or io; waits for other
  /// programs' locks for 2 seconds at most.
  static Result<Reader> open(const std::filesystem::path& database);

  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  /// Fails with not_found for a table or, without a table, a `before` that does not exist.
  /// Cost: with a table, the rows that are listed; without, one pass over every id and date.
  Result<std::vector<Entry>> newest(const ListQuery& query);

  /// One crash or event with all that belongs to it, as of one moment. Fails with not_found.
  Result<Details> details(const EntryId& id);

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace dblog::store
