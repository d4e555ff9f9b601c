// delivering_program helper|next_run|none|quiet|uninstalled
// crash|kill|error|errors|headings|two|log|log_on|nothing: handlers with messages on both channels
// (quiet: on none), then what was asked for. A third argument is the release.
#include <dblog/dblog.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

[[gnu::noinline]] void parse_header(volatile int* header) { *header = 1; }

[[gnu::noinline]] int divide(int dividend, int divisor) {
  if (divisor == 0) throw std::domain_error("division by zero");
  return dividend / divisor;
}

dblog::Delivery delivery_of(std::string_view name) {
  if (name == "next_run") return dblog::Delivery::next_run;
  return name == "none" ? dblog::Delivery::none : dblog::Delivery::helper;
}

void report_error(int divisor) {
  dblog::EventLogger errors{"error_table"};
  try {
    divide(1, divisor);
  } catch (const std::exception& error) {
    errors.push_to_table(error, {.slack = true, .email = true});
  }
}

// Lines as messages have them below an alert's own text.
constexpr const char* kHeadings =
    "Group:    2:af64, crash 9 of it\nDatabase: /x, table y\n#0 main\nMore:     nothing";

void report_headings() {
  dblog::EventLogger errors{"error_table"};
  errors.push_to_table(kHeadings, {.slack = true, .email = true});
  throw std::runtime_error(kHeadings);
}

// Without alerts; `log_on` for two minutes at most, until there is a file `end`.
void log_only(bool goes_on) {
  dblog::EventLogger log{"log_table"};
  log.push_to_table("started");
  constexpr int kMostTurns = 1'200;
  for (int turn = 0; goes_on && turn < kMostTurns && !std::filesystem::exists("end"); ++turn) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    log.push_to_table("still there");
  }
}

// An alert each into two databases at the same moment.
void report_to_two() {
  std::atomic<int> ready{0};
  const auto report = [&ready](const char* database) {
    dblog::EventLogger errors{"error_table", std::filesystem::path{database}};
    errors.push_to_table("opened");
    ++ready;
    while (ready < 2) std::this_thread::yield();
    errors.push_to_table(std::string{"disk full at "} + database, {.slack = true, .email = true});
  };
  std::thread first{report, "LOGS.db"}, second{report, "other.db"};
  first.join();
  second.join();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  const std::string_view delivery = argv[1];
  const std::string_view what = argv[2];
  dblog::HandlerOptions options;
  options.release = argc == 4 ? argv[3] : "1.2.3";
  options.slack = options.email = delivery != "quiet";
  options.delivery = delivery_of(delivery);
  if (delivery != "uninstalled") dblog::install_handlers(options);
  volatile int nothing = 0;
  dblog::breadcrumb("order 17");
  if (what == "kill") (void)std::raise(SIGKILL);
  if (what == "crash") parse_header(nothing == 0 ? nullptr : &nothing);
  if (what.starts_with("error")) report_error(nothing);
  if (what == "errors") report_error(nothing);
  if (what == "headings") report_headings();
  if (what == "two") report_to_two();
  if (what.starts_with("log")) log_only(what == "log_on");
  return 0;
}
