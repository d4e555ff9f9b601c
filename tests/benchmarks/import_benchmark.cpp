// What dead processes left beside their database, imported as `dblog recover` does it: black boxes
// of processes that were killed, of crashes that found the database locked, and a queue of events.
// Beside bare SQLite that writes the same rows: a transaction a box that is synced to the disk, and
// prepared INSERTs for the queue.
//
//   benchmark_import [DIRECTORY]
//
// DIRECTORY, for the databases: default: the working directory. All take turns in each round.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "src/recovery/recovery.hpp"
#include "tests/benchmarks/bare_insert.hpp"
#include "tests/benchmarks/box_rows.hpp"
#include "tests/benchmarks/figures.hpp"
#include "tests/benchmarks/work_directory.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/start_gate.hpp"

namespace {

using dblog::benchmark::median;
using dblog::benchmark::Stopwatch;
using dblog::benchmark::WorkDirectory;

constexpr int kRounds = 7;
constexpr int kBoxes = 24;          // a round
constexpr int kQueued = 30'000;     // a round; a queue has room for 32,768
constexpr int kQueueBatch = 4'096;  // rows of one transaction, as the import has them
constexpr std::string_view kMessage = "request 4711 of user 42 took 12 ms, 3 rows, cache miss";

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

// Holds the database against writers.
struct Lock {
  explicit Lock(const std::filesystem::path& path)
      : database(path.string(), SQLite::OPEN_READWRITE, 10'000) {
    database.exec("BEGIN IMMEDIATE");
  }
  SQLite::Database database;
};

// Children that get ready, wait for a word of the parent's, and go on.
class Programs {
 public:
  template <typename Prepare, typename GoOn>
  Programs(int count, const Prepare& prepare, const GoOn& go_on) {
    int ready[2];
    if (::pipe(ready) != 0) fail("pipe failed");
    for (int i = 0; i < count; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        ::alarm(60);
        // Each says that it could not record its crash.
        if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
        prepare();
        if (::write(ready[1], "", 1) != 1) ::_exit(1);
        gate_.wait();
        go_on(ready[1]);
        for (;;) ::pause();
      }
      children_.push_back(child);
    }
    ::close(ready[1]);
    ready_ = ready[0];
    await(count);
  }
  ~Programs() { ::close(ready_); }
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;

  void go_on() { gate_.open(); }

  // One byte of each.
  void await(int count) const {
    char byte;
    for (int i = 0; i < count; ++i) {
      if (::read(ready_, &byte, 1) != 1) fail("a child ended too early");
    }
  }

  void kill_all() const {
    for (const pid_t child : children_) ::kill(child, SIGKILL);
  }

  void bury(int signal) const {
    for (const pid_t child : children_) {
      int status = 0;
      ::waitpid(child, &status, 0);
      if (!WIFSIGNALED(status) || WTERMSIG(status) != signal) fail("a child died otherwise");
    }
  }

 private:
  dblog::test::StartGate gate_;
  int ready_ = -1;
  std::vector<pid_t> children_;
};

volatile int* volatile nowhere = nullptr;

// As programs with the default options, except that they send no messages.
void install(const std::filesystem::path& database) {
  const auto report = dblog::install_handlers(
      {.database = database, .delivery = dblog::Delivery::none, .print_to_stderr = false});
  if (!report.recording) ::_exit(1);
  dblog::breadcrumb("request 4711 begins");
  dblog::breadcrumb("cache miss for user 42");
}

void leave_boxes_of_killed(const std::filesystem::path& database) {
  const Programs programs{kBoxes, [&] { install(database); }, [](int) {}};
  programs.kill_all();
  programs.bury(SIGKILL);
}

void leave_boxes_of_crashed(const std::filesystem::path& database) {
  Programs programs{kBoxes, [&] { install(database); }, [](int) { *nowhere = 1; }};
  const Lock lock{database};
  programs.go_on();
  programs.bury(SIGSEGV);
}

void leave_queue(const std::filesystem::path& database) {
  dblog::EventLogger events{"t", {.database = database, .queued = true}};
  const auto push = [&](int count) {
    for (int i = 0; i < count; ++i) {
      if (!events.push_to_table(kMessage)) ::_exit(1);
    }
  };
  const auto prepare = [&] {
    push(1);
    if (!dblog::EventLogger::flush()) ::_exit(1);
  };
  const auto fill = [&](int ready) {
    push(kQueued);
    if (dblog::EventLogger::queue_counts().fallbacks() != 0) ::_exit(1);
    if (::write(ready, "", 1) != 1) ::_exit(1);
  };
  Programs programs{1, prepare, fill};
  const Lock lock{database};
  programs.go_on();
  programs.await(1);
  programs.kill_all();
  programs.bury(SIGKILL);
}

struct Imported {
  double milliseconds = 0;
  long boxes = 0, events = 0;
};

// In a process of its own, as `dblog recover` is one: it opens the database, too.
Imported import(const std::filesystem::path& database) {
  const std::string text = dblog::test::text_of_child([&] {
    const Stopwatch watch;
    const auto outcome = dblog::recovery::open_and_recover(database, std::chrono::minutes{1});
    const double took = watch.milliseconds();
    if (!outcome) return outcome.error().text();
    return std::to_string(took) + " " + std::to_string(outcome->crashes + outcome->killed) + " " +
           std::to_string(outcome->events);
  });
  Imported imported;
  std::istringstream{text} >> imported.milliseconds >> imported.boxes >> imported.events;
  if (imported.boxes + imported.events == 0) fail("nothing was imported: " + text);
  return imported;
}

struct Figures {
  std::vector<double> ours, bare;
  std::int64_t rows = 0;
};

// Milliseconds a box.
void compare_boxes(const WorkDirectory& directory, const std::string& name,
                   void (*leave)(const std::filesystem::path&), Figures& figures) {
  const auto database = directory / (name + ".db"), rival = directory / (name + "-rival.db");
  leave(database);
  const Imported imported = import(database);
  if (imported.boxes != kBoxes) fail("boxes are missing");
  figures.ours.push_back(imported.milliseconds / kBoxes);
  dblog::benchmark::BoxRows rows{database};
  figures.rows = rows.count() / kBoxes;
  figures.bare.push_back(rows.write_to(rival) / kBoxes);
}

// Rows a second.
void compare_queue(const WorkDirectory& directory, const std::string& name, Figures& figures) {
  const auto database = directory / (name + ".db"), rival = directory / (name + "-rival.db");
  leave_queue(database);
  const Imported imported = import(database);
  if (imported.events != kQueued) fail("events are missing");
  figures.ours.push_back(kQueued / imported.milliseconds * 1e3);
  dblog::benchmark::BareInsert bare{rival};
  const std::string date = dblog::benchmark::local_date();
  const Stopwatch watch;
  for (int i = 0; i < kQueued; ++i) {
    if (i % kQueueBatch == 0) bare.begin();
    bare.push(kMessage, date);
    if (i % kQueueBatch == kQueueBatch - 1 || i == kQueued - 1) bare.commit();
  }
  figures.bare.push_back(kQueued / watch.seconds());
}

void print_boxes(const std::string& of, const Figures& figures) {
  const std::string rows = std::to_string(figures.rows) + " rows";
  dblog::benchmark::print({of + ", " + rows, median(figures.ours),
                           "bare SQLite, " + rows + ", a synced transaction each",
                           median(figures.bare)});
}

}  // namespace

int main(int argc, char** argv) {
  const WorkDirectory directory{argc, argv};
  Figures killed, crashed, queue;
  for (int round = 0; round < kRounds; ++round) {
    const std::string number = std::to_string(round);
    compare_boxes(directory, "killed-" + number, leave_boxes_of_killed, killed);
    compare_boxes(directory, "crashed-" + number, leave_boxes_of_crashed, crashed);
    compare_queue(directory, "queue-" + number, queue);
  }
  dblog::benchmark::print_heading("Import of a black box", "ms a box");
  print_boxes("of a process that was killed", killed);
  print_boxes("of a crash with the database locked", crashed);
  dblog::benchmark::print_heading("Import of a queue of events", "rows a second");
  dblog::benchmark::print({"30,000 events of a killed process", median(queue.ours),
                           "bare prepared INSERTs, 4,096 a transaction", median(queue.bare)});
  return 0;
}
