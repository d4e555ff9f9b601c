// Handled errors as rows of a table of yours.
//
//   dblog::EventLogger events{"error_table"};
//   events.push_to_table("Error: division by zero", {.slack = true, .hw_monitor = true});
//
// The row, its hardware snapshot and its messages to send are one transaction, committed when the
// call returns: it survives the death of the process (power loss: docs/schema.md, "Durability").
// Threads: every function may be called from any thread, on one logger or many, and from many
// processes on one database. Not from signal handlers.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "dblog/event.hpp"
#include "dblog/export.hpp"

namespace dblog {

/// What goes with a row. What sends or costs system calls is off by default.
struct PushOptions {
  bool slack = false;       ///< Also put a message for Slack into the outbox. Cost: one more row.
  bool email = false;       ///< Also put an e-mail into the outbox. Cost: one more row.
  bool hw_monitor = false;  ///< Also take a hardware snapshot (tables hw_logs and hw_details).
                            ///< Cost: about ten small reads from /proc, and two more rows.
  bool stack = true;        ///< Also keep where this was called and, in a catch block, where the
                            ///< exception in flight was thrown and its type (tables event_stacks,
                            ///< stacks, stack_frames; the throw only while handlers are installed,
                            ///< HandlerOptions::throw_sites). Cost: a walk of the stack (0.2 µs a
                            ///< frame) and one more row; a stack's frames are written once.
};

/// What became of a row. May be ignored: failures are also said once on stderr.
struct PushResult {
  bool ok = false;      ///< The row is committed.
  std::int64_t id = 0;  ///< The row's id in its table; 0 when not ok.
  std::string error;    ///< Why not, in one line; empty when ok.

  explicit operator bool() const noexcept { return ok; }
};

class DBLOG_EXPORT EventLogger {
 public:
  /// Logs into `table`, made at the first push with the columns (id, msg, date).
  ///
  /// `table` is an identifier: letters, digits and '_', not starting with a digit, letters beyond
  /// ASCII in UTF-8, at most 128 bytes; SQL keywords are fine. Names that start with "sqlite_"
  /// and dblog's own tables are refused. A refused name makes every push fail with the reason;
  /// construction never throws and touches no file, so a logger may be a global.
  ///
  /// `database`: empty means, at the first push, the one given to install_handlers(), else
  /// $DBLOG_DB, else ./LOGS.db.
  explicit EventLogger(std::string_view table, std::filesystem::path database = {}) noexcept;
  ~EventLogger();
  EventLogger(EventLogger&&) noexcept;
  EventLogger& operator=(EventLogger&&) noexcept;
  EventLogger(const EventLogger&) = delete;
  EventLogger& operator=(const EventLogger&) = delete;

  /// Commits one row. Any bytes of any length up to SQLite's limit (1 GB) are kept; bytes that
  /// are not UTF-8 are kept as \xNN. Waits for other writers for 5 seconds at most. Never throws.
  PushResult push_to_table(std::string_view message, PushOptions options = {}) noexcept;

  /// The same for an event made earlier, or elsewhere.
  PushResult push_to_table(const Event& event, PushOptions options = {}) noexcept;

  /// The same for an exception: its type, what(), and the causes nested in it
  /// (std::throw_with_nested), a line each.
  PushResult push_to_table(const std::exception& error, PushOptions options = {}) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dblog
