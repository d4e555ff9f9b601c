// push_to_table() that commits, beside a bare prepared INSERT of the same row in the same mode;
// with a hardware snapshot; by many threads and processes; a breadcrumb beside a clock reading.
//
//   benchmark_push [DIRECTORY]
//
// DIRECTORY, for the databases: default: the working directory. All take turns in each round.
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "src/schema/schema.hpp"
#include "tests/benchmarks/figures.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using dblog::benchmark::median;

constexpr int kRounds = 15;
constexpr int kPushes = 500;  // a round
constexpr int kWorkers = 8;
constexpr int kPushesTogether = 4'000;  // of all workers
constexpr int kRoundsTogether = 7;
constexpr int kBreadcrumbs = 100'000;
constexpr std::string_view kMessage = "request 4711 of user 42 took 12 ms, 3 rows, cache miss";

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

std::string local_date() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm local{};
  ::localtime_r(&now.tv_sec, &local);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  std::snprintf(text + size, sizeof text - size, ".%06ld", now.tv_nsec / 1'000);
  return text;
}

// What a program would write by hand: one statement, prepared once, each its own transaction, the
// same journal and synchronous modes as dblog's.
class BareInsert {
 public:
  explicit BareInsert(const std::filesystem::path& path) {
    check(::sqlite3_open(path.c_str(), &database_));
    check(::sqlite3_exec(database_,
                         "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                         "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, msg VARCHAR, "
                         "date DATETIME)",
                         nullptr, nullptr, nullptr));
    check(::sqlite3_exec(database_, dblog::schema::kCreateTables, nullptr, nullptr, nullptr));
    row_ = prepare("INSERT INTO t (msg, date) VALUES (?1, ?2)");
    stack_ = prepare(dblog::schema::kInsertEventStack);
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
  }
  BareInsert(const BareInsert&) = delete;
  BareInsert& operator=(const BareInsert&) = delete;
  ~BareInsert() {
    for (sqlite3_stmt* statement : {row_, stack_, begin_, commit_}) ::sqlite3_finalize(statement);
    ::sqlite3_close(database_);
  }

  void push(std::string_view message) {
    const std::string date = local_date();
    bind(row_, 1, message);
    bind(row_, 2, date);
    run(row_);
  }

  // The row, and where it came from: what push_to_table() adds when the stack is known already.
  void push_with_stack(std::string_view message) {
    run(begin_);
    push(message);
    bind(stack_, 1, "t");
    ::sqlite3_bind_int64(stack_, 2, ::sqlite3_last_insert_rowid(database_));
    ::sqlite3_bind_int64(stack_, 3, ::getpid());
    ::sqlite3_bind_int64(stack_, 4, ::gettid());
    ::sqlite3_bind_int64(stack_, 6, 1);
    run(stack_);
    run(commit_);
  }

 private:
  static void check(int code) {
    if (code != SQLITE_OK) std::abort();
  }
  static void bind(sqlite3_stmt* statement, int index, std::string_view text) {
    ::sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()),
                        SQLITE_STATIC);
  }
  static void run(sqlite3_stmt* statement) {
    if (::sqlite3_step(statement) != SQLITE_DONE) std::abort();
    ::sqlite3_reset(statement);
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    check(::sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr));
    return statement;
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt *row_ = nullptr, *stack_ = nullptr, *begin_ = nullptr, *commit_ = nullptr;
};

double median_microseconds(const std::function<void()>& push) {
  std::vector<double> taken;
  for (int i = 0; i < kPushes; ++i) {
    const auto start = Clock::now();
    push();
    taken.push_back(microseconds_since(start));
  }
  return median(taken);
}

void compare_calls(dblog::EventLogger& events, BareInsert& bare) {
  const auto push = [&](const dblog::PushOptions& options) {
    if (!events.push_to_table(kMessage, options)) std::abort();
  };
  struct Case {
    const char* name;
    std::function<void()> work;
    std::vector<double> figures;
  };
  Case cases[] = {
      {"bare INSERT", [&] { bare.push(kMessage); }, {}},
      {"bare INSERTs of the row and its stack", [&] { bare.push_with_stack(kMessage); }, {}},
      {"push_to_table(), without its stack", [&] { push({.stack = false}); }, {}},
      {"push_to_table()", [&] { push({}); }, {}},
      {"push_to_table(), with hardware", [&] { push({.hw_monitor = true}); }, {}},
  };
  for (int round = 0; round < kRounds; ++round) {
    for (Case& one : cases) one.figures.push_back(median_microseconds(one.work));
  }
  dblog::benchmark::print_heading("A committed push_to_table(), p50", "µs");
  const auto print = [&](int what, int beside) {
    dblog::benchmark::print({cases[what].name, median(cases[what].figures), cases[beside].name,
                             median(cases[beside].figures)});
  };
  print(2, 0);
  print(3, 1);
  print(4, 3);
}

double rows_per_second(const std::function<void(int)>& start_and_wait_for_workers, int workers) {
  std::vector<double> rates;
  for (int round = 0; round < kRoundsTogether; ++round) {
    const auto start = Clock::now();
    start_and_wait_for_workers(kPushesTogether / workers);
    rates.push_back(kPushesTogether / microseconds_since(start) * 1e6);
  }
  return median(rates);
}

void push_many(dblog::EventLogger& events, int count) {
  for (int i = 0; i < count; ++i) {
    if (!events.push_to_table(kMessage, {.stack = false})) std::abort();
  }
}

void in_threads(dblog::EventLogger& events, int count) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < kWorkers; ++i) threads.emplace_back([&] { push_many(events, count); });
}

void in_processes(const std::filesystem::path& database, int count) {
  std::vector<pid_t> children;
  for (int i = 0; i < kWorkers; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      dblog::EventLogger events{"t", database};
      push_many(events, count);
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) std::abort();
  }
}

void compare_totals(dblog::EventLogger& events, const std::filesystem::path& database) {
  const double one = rows_per_second([&](int count) { push_many(events, count); }, 1);
  const double threads = rows_per_second([&](int count) { in_threads(events, count); }, kWorkers);
  const double processes =
      rows_per_second([&](int count) { in_processes(database, count); }, kWorkers);
  dblog::benchmark::print_heading("Pushed by several at once", "rows a second");
  dblog::benchmark::print({"8 threads", threads, "1 thread", one});
  dblog::benchmark::print({"8 processes", processes, "1 thread", one});
}

double nanoseconds_each(int count, const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return microseconds_since(start) * 1e3 / count;
}

void measure_breadcrumbs() {
  std::vector<double> crumbs, clocks;
  for (int round = 0; round < kRounds; ++round) {
    crumbs.push_back(nanoseconds_each(kBreadcrumbs, [] {
      for (int i = 0; i < kBreadcrumbs; ++i) dblog::breadcrumb("cache miss for user 42");
    }));
    clocks.push_back(nanoseconds_each(kBreadcrumbs, [] {
      timespec now{};
      for (int i = 0; i < kBreadcrumbs; ++i) ::clock_gettime(CLOCK_REALTIME, &now);
    }));
  }
  dblog::benchmark::print_heading("A breadcrumb", "ns");
  dblog::benchmark::print({"breadcrumb()", median(crumbs), "clock_gettime()", median(clocks)});
}

}  // namespace

int main(int argc, char** argv) {
  std::string directory =
      std::filesystem::absolute(argc > 1 ? argv[1] : ".") / "dblog-benchmark-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) {
    std::perror(directory.c_str());
    return 1;
  }
  const std::filesystem::path database = std::filesystem::path{directory} / "LOGS.db";
  {
    BareInsert bare{std::filesystem::path{directory} / "bare.db"};
    dblog::EventLogger events{"t", database};
    compare_calls(events, bare);
    compare_totals(events, database);
  }
  if (!dblog::install_handlers({.database = database, .delivery = dblog::Delivery::none})) return 1;
  measure_breadcrumbs();
  dblog::uninstall_handlers();
  std::filesystem::remove_all(directory);
  return 0;
}
