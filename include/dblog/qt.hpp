// A message handler for Qt 5 and 6: qWarning() and qCritical() become rows of a table, qDebug() and
// qInfo() breadcrumbs, and the text of qFatal() is the message of its crash. Not part of
// dblog/dblog.hpp.
//
//   #include <dblog/qt.hpp>
//   int main(int argc, char** argv) {
//     dblog::install_handlers();
//     dblog::install_qt_message_handler();
//     QCoreApplication app{argc, argv};
//
// The handler that was there before, or Qt's own, comes afterwards: what was printed is still
// printed. dblog itself needs no Qt. docs/bridges.md has more.
// Threads: any.
#pragma once

#include <QByteArray>
#include <QMessageLogContext>
#include <QString>
#include <QtGlobal>
#include <atomic>
#include <string>
#include <string_view>
#include <utility>

#include "dblog/breadcrumb.hpp"
#include "dblog/event_logger.hpp"
#include "dblog/handlers.hpp"

namespace dblog {
inline namespace abi_1 {

/// What install_qt_message_handler() does with messages.
struct QtMessageOptions {
  /// The table for warnings and critical messages.
  std::string table = "qt_messages";

  /// The severity of qCritical(), which many programs use for any error.
  Severity critical = Severity::error;

  /// What goes with each row. `severity` is that of the message, and `fields` come before the
  /// handler's own.
  PushOptions push = {};

  /// The database, and whether rows are queued (LoggerOptions::queued): then the thread that logs
  /// waits for nothing.
  LoggerOptions logger = {};
};

/// What the handler works with. Not for programs.
namespace qt_bridge {

/// Set once, and never destroyed: messages come after main(), too.
struct State {
  /// As installed.
  explicit State(QtMessageOptions wanted)
      : options(std::move(wanted)), events(options.table, options.logger) {}

  const QtMessageOptions options;  ///< As installed.
  EventLogger events;              ///< Of their table.
};
inline std::atomic<State*> installed{nullptr};           ///< Null: not installed yet.
inline std::atomic<QtMessageHandler> first{nullptr};     ///< There before the first call.
inline std::atomic<QtMessageHandler> previous{nullptr};  ///< Called afterwards.

/// The category, and where the message is from if Qt tells it (QT_MESSAGELOGCONTEXT in release
/// builds). Threads: any.
inline void add_fields(const QMessageLogContext& context, PushOptions& push) {
  if (context.category != nullptr) push.fields.push_back({"category", context.category});
  if (context.file != nullptr) {
    push.fields.push_back({"file", context.file});
    push.fields.push_back({"line", context.line});
  }
  if (context.function != nullptr) push.fields.push_back({"function", context.function});
}

/// Whether one of Qt's variables makes messages fatal, as Qt reads it: the n-th, and for another
/// text the first; not for nothing and 0. Threads: any.
inline bool makes_fatal(const char* variable) {
  bool is_number = false;
  const int number = qEnvironmentVariableIntValue(variable, &is_number);
  return is_number ? number > 0 : !qEnvironmentVariableIsEmpty(variable);
}

/// Whether Qt may abort because of such a message. Threads: any.
inline bool may_be_fatal(QtMsgType type) {
  if (type == QtFatalMsg) return true;
  if (type == QtCriticalMsg && makes_fatal("QT_FATAL_CRITICALS")) return true;
  return makes_fatal("QT_FATAL_WARNINGS");
}

/// A row, a breadcrumb, or what the crash will say. Threads: any.
inline void keep(State& state, QtMsgType type, const QMessageLogContext& context,
                 std::string_view text) {
  // What a thread said before counts until it says more: it was not fatal.
  thread_local bool has_abort_message = false;
  const bool is_fatal = type != QtDebugMsg && type != QtInfoMsg && may_be_fatal(type);
  if (is_fatal || has_abort_message) set_abort_message(is_fatal ? text : std::string_view{});
  has_abort_message = is_fatal;
  if (type == QtDebugMsg || type == QtInfoMsg) return breadcrumb(text);
  if (type == QtFatalMsg) return;
  PushOptions push = state.options.push;
  push.severity = type == QtCriticalMsg ? state.options.critical : Severity::warning;
  add_fields(context, push);
  state.events.push_to_table(text, std::move(push));
}

/// While a thread handles a message. Threads: any.
class InHandler {
 public:
  /// Sets the mark, until the end.
  explicit InHandler(bool& mark) : mark_(mark) { mark_ = true; }
  /// Takes it back.
  ~InHandler() { mark_ = false; }
  InHandler(const InHandler&) = delete;
  InHandler& operator=(const InHandler&) = delete;

 private:
  bool& mark_;
};

/// As keep(), for the installed state. Threads: any.
inline void keep_message(QtMsgType type, const QMessageLogContext& context,
                         const QString& message) {
  const QByteArray utf8 = message.toUtf8();
  if (State* const now = installed.load(std::memory_order_acquire)) {
    keep(*now, type, context, {utf8.constData(), static_cast<std::size_t>(utf8.size())});
  }
}

/// The handler. Without memory for a message, only the handler before has it. A handler above the
/// first of ours, below the last, comes to us again: then it is the turn of those below.
/// Threads: any.
inline void on_message(QtMsgType type, const QMessageLogContext& context, const QString& message) {
  thread_local bool is_at_it = false;
  if (is_at_it) {
    const QtMessageHandler below = first.load(std::memory_order_acquire);
    if (below != nullptr) below(type, context, message);
    return;
  }
  const InHandler scope{is_at_it};
#ifdef __cpp_exceptions
  try {
    keep_message(type, context, message);
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
#else
  keep_message(type, context, message);
#endif
  // Another thread may be about to install ours for the first time.
  previous.wait(nullptr, std::memory_order_acquire);
  previous.load(std::memory_order_acquire)(type, context, message);
}

}  // namespace qt_bridge

/// Keeps Qt's messages from here on, and then hands them to the handler that was there before. Rows
/// have the fields `category` and, if Qt tells it, `file`, `line` and `function`. A message that
/// arrives while the same thread's is handled goes past all handlers, to stderr (Qt sees to that).
/// dblog warns once on stderr of a row that cannot be written.
///
/// The thread that logs waits until the row is committed (at most 5 seconds for another writer),
/// unless rows are queued. qFatal() makes no row: it aborts, and the crash has its text. With
/// QT_FATAL_WARNINGS and QT_FATAL_CRITICALS there is both.
///
/// A second call changes the table and the options, and puts the handler on top again if other code
/// has installed one since. Threads: one at a time; other threads may log meanwhile.
inline void install_qt_message_handler(QtMessageOptions options = {}) {
  using qt_bridge::first, qt_bridge::previous, qt_bridge::on_message;
  qt_bridge::installed.store(new qt_bridge::State{std::move(options)}, std::memory_order_release);
  const QtMessageHandler before = qInstallMessageHandler(&on_message);  // never null
  if (before == &on_message) return;
  if (first.load(std::memory_order_relaxed) == nullptr) first.store(before);
  previous.store(before, std::memory_order_release);
  previous.notify_all();
}

}  // namespace abi_1
}  // namespace dblog
