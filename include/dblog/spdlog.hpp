// A sink for spdlog: warnings and errors become rows of a table, the rest breadcrumbs. Not part of
// dblog/dblog.hpp.
//
//   #include <dblog/spdlog.hpp>
//   auto sink = std::make_shared<dblog::spdlog_sink_mt>("log");
//   spdlog::default_logger()->sinks().push_back(sink);
//   spdlog::error("payment {} refused", id);
//
// Define what your program defines for spdlog (SPDLOG_COMPILED_LIB, SPDLOG_FMT_EXTERNAL, …) as its
// package says; dblog itself needs no spdlog. docs/bridges.md says who waits for the database.
// Threads: any.
#pragma once

#include <spdlog/common.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/details/os.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/sink.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "dblog/breadcrumb.hpp"
#include "dblog/event_logger.hpp"

namespace dblog {
inline namespace abi_1 {

/// What spdlog_sink_mt does with a message. The sink's own level (set_level) comes first: what is
/// below it is neither.
struct SpdlogSinkOptions {
  /// Messages of this level and above are rows of the table; `off`: none are.
  spdlog::level::level_enum event_level = spdlog::level::warn;

  /// Those below it, from this level on, are breadcrumbs; `off`: none are.
  spdlog::level::level_enum breadcrumb_level = spdlog::level::trace;

  /// What goes with each row. `severity` is that of the message's level, and `fields` come before
  /// the sink's own. `stack` counts in the thread that logs only, not in that of an asynchronous
  /// logger.
  PushOptions push = {};

  /// The database, and whether rows are queued (LoggerOptions::queued): then the thread that logs
  /// waits for nothing.
  LoggerOptions logger = {};
};

/// Writes a row for each message from SpdlogSinkOptions::event_level on: its text without spdlog's
/// pattern, its time, its severity, and the fields `logger`, `thread` (the id that spdlog has) and,
/// if the message has a source location, `file`, `line` and `function`. Levels below `warn` are
/// `info`. Other messages become breadcrumbs, as "[debug] text".
///
/// The thread that runs the sink waits until the row is committed, and for another writer 5 seconds
/// at most: the one that logs, or the thread pool of an asynchronous logger. With
/// LoggerOptions::queued it waits for nothing.
///
/// A row that cannot be written goes to spdlog's error handler, as an exception of the sink
/// (spdlog::spdlog_ex) that the logger catches. What is logged while the sink itself writes becomes
/// a breadcrumb. A message of level critical does not end the program.
///
/// Threads: any, without a lock of the sink's, so that rows of many threads are committed together.
class SpdlogSink final : public spdlog::sinks::sink {
 public:
  /// Logs into `table`, as EventLogger does.
  explicit SpdlogSink(std::string_view table, SpdlogSinkOptions options = {})
      : options_(std::move(options)), events_(table, options_.logger) {}

  /// Called by spdlog's loggers.
  void log(const spdlog::details::log_msg& message) override {
    const std::string_view text{message.payload.data(), message.payload.size()};
    thread_local bool is_in_sink = false;
    if (is_in_sink || message.level < options_.event_level) {
      if (message.level >= options_.breadcrumb_level) leave_breadcrumb(message.level, text);
      return;
    }
    PushResult pushed;
    {
      const InSink scope{is_in_sink};
      pushed = events_.push_to_table(event_of(message, text), options_of(message));
    }
    report(pushed);
  }

  /// Commits all that this process has queued (EventLogger::flush): without
  /// LoggerOptions::queued there is nothing to do.
  void flush() override { report(EventLogger::flush()); }

  /// Does nothing: a pattern is for lines of text.
  void set_pattern(const std::string& /*pattern*/) override {}
  /// Does nothing.
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  struct InSink {
    explicit InSink(bool& mark) : mark_(mark) { mark_ = true; }
    ~InSink() { mark_ = false; }
    InSink(const InSink&) = delete;
    InSink& operator=(const InSink&) = delete;
    bool& mark_;
  };

  // Allocates nothing: it may be an allocation that is logged.
  static void leave_breadcrumb(spdlog::level::level_enum level, std::string_view text) noexcept {
    const auto name = spdlog::level::to_string_view(level);
    std::array<char, 256> crumb{};
    std::size_t size = 0;
    for (const std::string_view part :
         {std::string_view{"["}, std::string_view{name.data(), name.size()}, std::string_view{"] "},
          text}) {
      size += part.copy(crumb.data() + size, crumb.size() - size);
    }
    breadcrumb({crumb.data(), size});
  }

  static Event event_of(const spdlog::details::log_msg& message, std::string_view text) {
    Event event{std::string(text)};
    event.date = std::chrono::time_point_cast<std::chrono::microseconds>(message.time);
    return event;
  }

  static Severity severity_of(spdlog::level::level_enum level) {
    if (level >= spdlog::level::critical) return Severity::critical;
    if (level == spdlog::level::err) return Severity::error;
    return level == spdlog::level::warn ? Severity::warning : Severity::info;
  }

  [[nodiscard]] PushOptions options_of(const spdlog::details::log_msg& message) const {
    PushOptions push = options_.push;
    push.severity = severity_of(message.level);
#ifndef SPDLOG_NO_THREAD_ID  // with it all messages have the id 0
    push.stack = push.stack && message.thread_id == spdlog::details::os::thread_id();
#else
    push.stack = false;
#endif
    push.fields.push_back(
        {"logger", std::string_view{message.logger_name.data(), message.logger_name.size()}});
#ifndef SPDLOG_NO_THREAD_ID
    push.fields.push_back({"thread", message.thread_id});
#endif
    if (message.source.empty()) return push;
    push.fields.push_back({"file", message.source.filename});
    push.fields.push_back({"line", message.source.line});
    push.fields.push_back({"function", message.source.funcname});
    return push;
  }

  static void report(const PushResult& result) {
#ifndef SPDLOG_NO_EXCEPTIONS  // without them, dblog's own warning on stderr is all
    if (!result) throw spdlog::spdlog_ex("dblog: " + result.error);
#else
    static_cast<void>(result);
#endif
  }

  SpdlogSinkOptions options_;
  EventLogger events_;
};

/// The sink by the names that spdlog's own have. It needs no lock of its own, so both are the same.
/// NOLINTNEXTLINE(readability-identifier-naming): as spdlog's
using spdlog_sink_mt = SpdlogSink;
/// The same.
/// NOLINTNEXTLINE(readability-identifier-naming): as spdlog's
using spdlog_sink_st = SpdlogSink;

}  // namespace abi_1
}  // namespace dblog
