// A program that does what its arguments say, one after the other, for tests of what is recorded of
// a process: session_program WORD[=TEXT] …
#include <dblog/dblog.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>

namespace {

using Text = const std::string&;

dblog::EventLogger& events() {
  static auto& logger = *new dblog::EventLogger{"error_table"};
  return logger;
}

dblog::EventLogger& queued() {
  static auto& logger = *new dblog::EventLogger{"trace", {.queued = true}};
  return logger;
}

void need(bool is_good) {
  if (!is_good) std::_Exit(99);
}

dblog::Event event_at(Text seconds) {
  dblog::Event event{"at " + seconds};
  event.date = dblog::Timestamp{std::chrono::seconds{std::stoll(seconds)}};
  return event;
}

void push_many(Text count) {
  const std::string pid = std::to_string(::getpid());
  for (int i = std::stoi(count); i > 0; --i) {
    need(events().push_to_table(pid, {.stack = false}).ok);
    ::usleep(i % 7 == 0 ? 2'000 : 0);
  }
}

void queue_many(Text count) {
  for (int i = std::stoi(count); i > 0; --i) need(queued().push_to_table("queued").ok);
}

// The child does the words that follow, the parent waits.
bool is_child() {
  const pid_t child = ::fork();
  if (child == 0) return true;
  ::waitpid(child, nullptr, 0);
  return false;
}

const std::map<std::string, std::function<void(Text)>> kWords = {
    {"install",
     [](Text release) {
       need(dblog::install_handlers({.release = release, .delivery = dblog::Delivery::none})
                .recording);
     }},
    {"environment", [](Text name) { dblog::set_environment(name); }},
    {"push", [](Text message) { need(events().push_to_table(message).ok); }},
    {"plain", [](Text message) { need(events().push_to_table(message, {.stack = false}).ok); }},
    {"warn",
     [](Text message) {
       need(events().push_to_table(message, {.severity = dblog::Severity::warning}).ok);
     }},
    {"alert", [](Text message) { need(events().push_to_table(message, {.slack = true}).ok); }},
    {"hardware",
     [](Text message) { need(events().push_to_table(message, {.hw_monitor = true}).ok); }},
    {"into", [](Text table) { need(dblog::EventLogger{table}.push_to_table("into " + table).ok); }},
    {"at", [](Text seconds) { need(events().push_to_table(event_at(seconds)).ok); }},
    {"queue_at", [](Text seconds) { need(queued().push_to_table(event_at(seconds)).ok); }},
    {"plain_many", push_many},
    {"queue", queue_many},
    {"flush", [](Text) { need(dblog::EventLogger::flush(std::chrono::seconds{20}).ok); }},
    {"crumb", [](Text text) { dblog::breadcrumb(text); }},
    {"say",
     [](Text line) {
       std::puts(line.c_str());
       std::fflush(stdout);
     }},
    {"wait", [](Text) { std::getchar(); }},
    {"exit", [](Text status) { std::exit(std::stoi(status)); }},
    {"_exit", [](Text status) { ::_exit(std::stoi(status)); }},
    {"quick_exit", [](Text status) { std::quick_exit(std::stoi(status)); }},
    {"raise", [](Text signal) { std::raise(std::stoi(signal)); }},
    {"fault", [](Text) { *static_cast<volatile int*>(nullptr) = 1; }},
    {"throw", [](Text what) { throw std::runtime_error(what); }},
    {"exec", [](Text program) { ::execl(program.c_str(), program.c_str(), nullptr); }},
};

}  // namespace

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    const std::size_t sign = word.find('=');
    const std::string name = word.substr(0, sign);
    if (name == "fork") {
      if (!is_child()) return 0;
      continue;
    }
    if (name.starts_with('-')) continue;  // for the command line alone
    kWords.at(name)(sign == word.npos ? "" : word.substr(sign + 1));
  }
  return 0;
}
