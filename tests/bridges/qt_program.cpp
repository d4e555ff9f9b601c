// A program with Qt's logging and dblog: qt_program WORD…, each a thing to do.
#include <QDebug>
#include <QLoggingCategory>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include "dblog/handlers.hpp"
#include "dblog/qt.hpp"

Q_LOGGING_CATEGORY(cart, "shop.cart")

namespace {

QtMessageHandler handler_below = nullptr;

void print(const char* who, const QString& message) {
  std::printf("%s: %s\n", who, message.toUtf8().constData());
  std::fflush(stdout);
}

void say_and_warn(QtMsgType, const QMessageLogContext&, const QString& message) {
  print("before", message);
  qWarning("from the handler");
}

void say_and_pass_on(QtMsgType type, const QMessageLogContext& context, const QString& message) {
  print("above", message);
  if (handler_below != nullptr) handler_below(type, context, message);
}

[[noreturn]] void throw_it(QtMsgType, const QMessageLogContext&, const QString&) {
  throw std::runtime_error("thrown by the handler");
}

void warn_and_catch() {
  try {
    qWarning("thrown");
  } catch (const std::runtime_error&) {
    print("caught", "thrown");
  }
}

void log_all() {
  qDebug("debugged");
  qInfo("informed");
  qWarning("gr\u00fc\u00dfe %d", 7);
  qCCritical(cart) << "cart" << 3;
}

const std::map<std::string, std::function<void()>> kThings = {
    {"handlers", [] { dblog::install_handlers({.delivery = dblog::Delivery::none}); }},
    {"install", [] { dblog::install_qt_message_handler(); }},
    {"queued", [] { dblog::install_qt_message_handler({.logger = {.queued = true}}); }},
    {"critical",
     [] {
       dblog::install_qt_message_handler({.table = "bad", .critical = dblog::Severity::critical});
     }},
    {"before", [] { qInstallMessageHandler(say_and_warn); }},
    {"above", [] { handler_below = qInstallMessageHandler(say_and_pass_on); }},
    {"log", log_all},
    {"fatal", [] { qFatal("no %s left", "hope"); }},
    {"fatal_in_thread", [] { std::thread([] { qFatal("thread's end"); }).join(); }},
    {"throws", [] { qInstallMessageHandler(throw_it); }},
    {"catch", warn_and_catch},
    {"debug", [] { qDebug("debugged"); }},
    {"warn", [] { qWarning("a warning"); }},
    {"abort", [] { std::abort(); }},
};

}  // namespace

int main(int count, char** words) {
  for (int i = 1; i < count; ++i) kThings.at(words[i])();
}
