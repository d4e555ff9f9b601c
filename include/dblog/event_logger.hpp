// Handled errors as rows of a table of yours.
//
//   dblog::EventLogger events{"error_table"};
//   events.push_to_table("Error: division by zero", {.slack = true, .hw_monitor = true});
//
// The row, its hardware snapshot and its messages to send are one transaction, committed when the
// call returns: it survives the death of the process (power loss: docs/schema.md, "Durability").
// Queued, a push takes a tenth of a microsecond and survives the process, too; the row is there
// some milliseconds later (docs/queue.md):
//
//   dblog::EventLogger trace{"trace", {.queued = true}};
//   trace.push_to_table("request 4711 took 12 ms");
//
// Threads: every function may be called from any thread, on one logger or many, and from many
// processes on one database. Not from signal handlers.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "dblog/event.hpp"
#include "dblog/event_field.hpp"
#include "dblog/export.hpp"

namespace dblog {
inline namespace abi_1 {

/// What goes with a row. What sends or costs system calls is off by default.
struct PushOptions {
  bool slack = false;       ///< Also put a message for Slack into the outbox, unless `severity` is
                            ///< below the setting slack_min_severity. Cost: one more row.
  bool email = false;       ///< The same for an e-mail, and mail_min_severity.
  bool hw_monitor = false;  ///< Also take a hardware snapshot (tables hw_logs and hw_details).
                            ///< Cost: about ten small reads from /proc, and two more rows; the
                            ///< process's first one writes LoggerOptions::machine_facts besides.
  bool stack = true;        ///< Also keep where this was called and, in a catch block, where the
                            ///< exception in flight was thrown and its type (tables event_stacks,
                            ///< stacks, stack_frames; the throw only while handlers are installed,
                            ///< HandlerOptions::throw_sites). Cost: a walk of the stack (0.2 µs a
                            ///< frame) and one more row; a stack's frames are written once.

  /// Whether this event is queued; not set: as the logger does. One that asks for anything above
  /// or for `frames` is committed by the call all the same, after those that were queued before it.
  std::optional<bool> queued = {};

  /// A stack that the program captured itself: return addresses, the innermost first, of which 64
  /// are kept. With an exception in flight, or one that is pushed, it is where that was thrown;
  /// else it is where the event happened, and dblog does not walk the stack. dblog/stack.hpp makes
  /// it of a boost::stacktrace::stacktrace and of a std::stacktrace. Ignored without `stack`.
  std::span<const void* const> frames = {};

  Severity severity = Severity::error;  ///< Cost: one more row, unless it is `error`.

  /// Named values: `{{"order", 4711}, {"bank", "DE-12"}, {"took_s", 0.25}, {"is_new", true}}`. The
  /// first 64 names are kept, each name once, with its last value; of a text 4,096 bytes, of a name
  /// 128 characters (docs/schema.md). Cost: one more row each.
  std::vector<Field> fields = {};

  /// Words to find events by. 32 are kept, of 128 characters each. Cost: one more row each.
  std::vector<std::string> tags = {};
};

/// How a logger works.
struct LoggerOptions {
  /// Empty means: the database of install_handlers(), else $DBLOG_DB, else the file LOGS.db in the
  /// working directory, as they are at the first push.
  std::filesystem::path database = {};

  /// Events go into a file that is mapped into memory, beside the database, and from there into
  /// their table by a thread of dblog's, in the order in which each thread pushed them. What was
  /// pushed is not lost if the process crashes or is killed: the next run, or `dblog recover`,
  /// imports it, once. It can be lost if the machine loses power. Cost: 4 MiB of memory and disk
  /// and one thread a process and database, all made by the first queued push.
  bool queued = false;

  /// The directory in which the process's first push with `hw_monitor` writes config/config.json,
  /// as Monitor does: the machine's CPU and memory facts (docs/schema.md). Empty: that of the
  /// database. Not set: no file is written. If the file cannot be written there, or another program
  /// has one of that name, dblog warns once on stderr and goes on.
  std::optional<std::filesystem::path> machine_facts = std::filesystem::path{};
};

/// What became of a row. May be ignored: dblog also warns once on stderr about a failure.
struct PushResult {
  bool ok = false;      ///< The row is committed, or safely queued.
  std::int64_t id = 0;  ///< The row's id in its table; 0 when queued, and when not ok.
  std::string error;    ///< Why not, in one line; empty when ok.

  /// The same as `ok`.
  explicit operator bool() const noexcept { return ok; }
};

/// What did not go the quick way, since the process started (a child after fork() starts at 0).
struct QueueCounts {
  /// Pushes that the call itself committed because the queue was full.
  std::uint64_t queue_full = 0;
  /// Pushes that the call itself committed because the message with its fields, tags and context
  /// was longer than 4,096 bytes.
  std::uint64_t too_long = 0;
  /// Pushes that the call itself committed because there is no queue: its file could not be made.
  std::uint64_t no_queue = 0;
  /// Queued rows that are lost because their table refused them: a constraint of yours, or a table
  /// of another shape that was put in its place. dblog warns on stderr.
  std::uint64_t rejected = 0;
  /// Queued rows that are lost, at most, because another program truncated or changed the queue's
  /// file. dblog warns on stderr, and the next flush() fails. Without install_handlers(), or with a
  /// HandlerOptions::signals that leaves SIGBUS out, a truncated queue ends the process by SIGBUS.
  std::uint64_t lost = 0;

  /// Pushes that the call itself committed, for any of the three reasons.
  [[nodiscard]] std::uint64_t fallbacks() const noexcept {
    return queue_full + too_long + no_queue;
  }
};

/// Writes handled errors into one table. Threads: every function may be called from any thread, on
/// one logger or many; construct, assign and destroy a logger while no other thread uses it. Not
/// from signal handlers.
class DBLOG_EXPORT EventLogger {
 public:
  /// Logs into `table`, made at the first push with the columns (id, msg, date).
  ///
  /// `table` is an identifier: letters, digits and '_', not starting with a digit, letters beyond
  /// ASCII in UTF-8, at most 128 bytes; SQL keywords are fine. Names that start with "sqlite_"
  /// and dblog's own tables are refused. A refused name makes every push fail with the reason;
  /// construction never throws and touches no file, so a logger may be a global.
  ///
  /// The database is that of LoggerOptions.
  explicit EventLogger(std::string_view table) noexcept;
  /// The same, with options.
  EventLogger(std::string_view table, LoggerOptions options) noexcept;
  /// The same with LoggerOptions::database, given as a path or as what makes one.
  template <std::convertible_to<std::filesystem::path> Path>
  explicit EventLogger(std::string_view table, Path&& database)
      : EventLogger(table, LoggerOptions{.database = std::forward<Path>(database)}) {}
  ~EventLogger();
  /// Takes over the table and options. Pushes to a logger that was moved from fail.
  EventLogger(EventLogger&&) noexcept;
  /// Takes over the table and options. Pushes to a logger that was moved from fail.
  EventLogger& operator=(EventLogger&&) noexcept;
  EventLogger(const EventLogger&) = delete;
  EventLogger& operator=(const EventLogger&) = delete;

  /// Commits one row. Any bytes of any length up to SQLite's limit (1 GB) are kept; bytes that
  /// are not UTF-8 are kept as `\xNN`. Waits for other writers for 5 seconds at most. Never throws.
  /// What this process queued before for the same database is committed first. Queued itself
  /// (LoggerOptions::queued), it waits for nothing; if the queue cannot take it (queue_counts()),
  /// the call commits it as above.
  PushResult push_to_table(std::string_view message, PushOptions options = {}) noexcept;

  /// The same for an event made earlier, or elsewhere.
  PushResult push_to_table(const Event& event, PushOptions options = {}) noexcept;

  /// The same for an exception: its type, what(), and the causes nested in it
  /// (std::throw_with_nested), a line each.
  PushResult push_to_table(const std::exception& error, PushOptions options = {}) noexcept;

  /// The same for a captured exception, for instance from std::current_exception(). If it is not a
  /// std::exception, the message is its type; of a null pointer, "no exception".
  PushResult push_to_table(const std::exception_ptr& error, PushOptions options = {}) noexcept;

  /// The same for an error code: the message is "No such file or directory (generic:2)". Its
  /// category and value become the fields `error_category` and `error_value`, before those of the
  /// options.
  PushResult push_to_table(const std::error_code& error, PushOptions options = {}) noexcept;

  /// Commits whatever this process has queued before the call, by all loggers. ok: it is committed.
  /// exit() does so too, for two seconds at most. Not ok either if queued rows are lost since the
  /// last call (queue_counts()). Waits no longer than `limit`. Never throws.
  static PushResult flush(std::chrono::milliseconds limit = std::chrono::seconds{5}) noexcept;

  /// What happened to the queued pushes of this process, of all loggers.
  static QueueCounts queue_counts() noexcept;

 private:
  struct State;
  friend struct PushFrom;
  std::unique_ptr<State> state_;
};

}  // namespace abi_1
}  // namespace dblog
