// What the program has set up is as it was after every call of dblog's, and threads of dblog's do
// not inherit what the thread has that starts them.
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "dblog/dblog.hpp"
#include "tests/integration/process_picture.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/named_thread.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::test::CapturedStderr;
using dblog::test::Picture;
using dblog::test::TemporaryDirectory;

// A program that has set up a lot.
void set_much_up(const fs::path& directory) {
  fs::current_path(directory);
  ::umask(0077);
  std::fesetround(FE_DOWNWARD);
  ::feenableexcept(FE_DIVBYZERO);
  std::setlocale(LC_ALL, "C.UTF-8");
  ::uselocale(::newlocale(LC_NUMERIC_MASK, "C", nullptr));
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGUSR1, [](int) {});
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGQUIT, [](int) {});
  const itimerval timer{{3'600, 0}, {3'600, 0}};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  ::close(0);
  // Servers for messages that do not run.
  ::setenv("webhook", "http://127.0.0.1:1/", 1);
  ::setenv("mail_server", "127.0.0.1", 1);
  ::setenv("server_port", "1", 1);
  ::setenv("mail_security", "none", 1);
  ::setenv("sender_email", "shop@example.org", 1);
  ::setenv("recipient_email", "ops@example.org", 1);
}

struct Call {
  std::string name;
  std::function<bool()> function;  // whether it did what it is here for
  bool changes_signals = false;    // its own, in the kernel, and a signal stack where there is none
  bool opens_database_files = false;  // or closes them; when it is called for the first time
};

class Calls {
 public:
  Calls() { options_.delivery = dblog::Delivery::none; }

  std::vector<Call> all() {
    return {
        {"install_handlers", [this] { return dblog::install_handlers(options_).recording; }, true,
         true},
        {"push_to_table", [this] { return push(events_, {.slack = true, .hw_monitor = true}); },
         false, true},
        {"queued push_to_table", [this] { return push(queued_, {}); }, false, true},
        {"push_to_table of an exception",
         [this] { return bool{events_.push_to_table(std::runtime_error{"x"})}; }},
        {"push_to_table into a bad table", [this] { return !push(bad_table_, {}); }},
        {"push_to_table in a bad place", [this] { return !push(bad_place_, {}); }},
        {"queued push_to_table in a bad place", [this] { return !push(queued_bad_place_, {}); }},
        {"flush", [] { return bool{dblog::EventLogger::flush()}; }},
        {"queue_counts", [] { return dblog::EventLogger::queue_counts().fallbacks() == 0; }},
        {"breadcrumb", [] { return dblog::breadcrumb("x"), true; }},
        {"local_date_text", [] { return dblog::local_date_text(dblog::now()).size() == 26; }},
        {"Event", [] { return (std::ostringstream{} << dblog::Event{"x"}).str().ends_with("x"); }},
        {"EventLogger", [] { return dblog::EventLogger{"t"}, true; }},
        {"Monitor", [] { return dblog::Monitor{}, true; }},
        {"SlackNotifier", [] { return dblog::SlackNotifier{}, true; }},
        {"EmailNotifier", [] { return dblog::EmailNotifier{}, true; }},
        {"monitor", [this] { return bool{monitor_.monitor("task")}; }},
        {"notification", [this] { return !slack_.notification("x"); }},
        {"mail_notifier", [this] { return !email_.mail_notifier("x"); }},
        {"check_handlers", [] { return !dblog::check_handlers().captured.empty(); }},
    };
  }

 private:
  static bool push(dblog::EventLogger& events, const dblog::PushOptions& options) {
    return bool{events.push_to_table("x", options)};
  }

  // Root, too, can make no file there.
  static constexpr const char* kBadPlace = "/proc/LOGS.db";

  dblog::HandlerOptions options_;
  dblog::EventLogger events_{"events"};
  dblog::EventLogger queued_{"queued", {.queued = true}};
  dblog::EventLogger bad_table_{"no table; at all"};
  dblog::EventLogger bad_place_{"events", {.database = kBadPlace}};
  dblog::EventLogger queued_bad_place_{"events", {.database = kBadPlace, .queued = true}};
  dblog::Monitor monitor_;
  dblog::SlackNotifier slack_;
  dblog::EmailNotifier email_;
};

// Without those of the database, of what lies beside it, and of the directory.
Picture other_descriptors(const fs::path& database) {
  Picture others = dblog::test::descriptors();
  const std::string directory = database.parent_path().native() + ", ";
  std::erase_if(others, [&](const auto& open) {
    return open.second.starts_with(database.native()) || open.second.starts_with(directory);
  });
  return others;
}

// What a call has changed that is not its own.
std::string changes_by(const Call& call, bool is_first, const fs::path& database) {
  using namespace dblog::test;
  std::feclearexcept(FE_ALL_EXCEPT);
  std::feraiseexcept(FE_UNDERFLOW);
  const bool may_open = is_first && call.opens_database_files;
  const auto open_now = [&] { return may_open ? other_descriptors(database) : descriptors(); };
  const Picture open_before = open_now();
  const std::string stack_before = signal_stack();
  const std::string actions_before = kernel_actions();
  errno = 42;
  const Picture before = picture();
  errno = 42;
  ::feenableexcept(FE_INEXACT);  // here: the standard library's own paths calculate
  const bool is_as_expected = call.function();
  ::fedisableexcept(FE_INEXACT);
  const Picture after = picture();
  std::string changes = difference(before, after);
  const Picture open_after = open_now();
  changes += difference(open_before, open_after);
  for (const auto& [number, file] : added(open_before, open_after)) {
    changes += "opened " + number + ": " + file + "; ";
  }
  if (!is_first || !call.changes_signals) {
    if (signal_stack() != stack_before) changes += "signal stack; ";
    if (kernel_actions() != actions_before) changes += "signals in the kernel; ";
  }
  if (!is_as_expected) changes += "did not do what it should; ";
  return changes.empty() ? "" : call.name + (is_first ? ": " : ", once more: ") + changes + '\n';
}

std::string state_of_queue_thread(int processors_of_program) {
  const auto thread = dblog::test::find_thread("dblog-queue");
  if (thread.id == 0) return "no thread";
  cpu_set_t processors;
  ::sched_getaffinity(thread.id, sizeof processors, &processors);
  if (::sched_getscheduler(thread.id) != SCHED_OTHER) return "not an ordinary schedule";
  if (CPU_COUNT(&processors) < processors_of_program) return "bound to a processor";
  if (thread.blocked_signals == dblog::test::signals_blocked_by_dblog()) return "ordinary";
  std::ostringstream text;
  text << std::hex << "blocks " << thread.blocked_signals;
  return text.str();
}

// A thread that has set up a lot: bound to a processor, real-time where that is allowed, and with
// signals blocked, faults among them.
void be_special() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(::sched_getcpu()), &one);
  ::sched_setaffinity(0, sizeof one, &one);
  const sched_param priority{80};
  ::sched_setscheduler(0, SCHED_FIFO, &priority);
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int signal : {SIGUSR2, SIGSEGV, SIGFPE}) sigaddset(&blocked, signal);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
}

}  // namespace

TEST_CASE("left alone: every call leaves the program's settings as they were") {
  const TemporaryDirectory directory;
  const std::string text = dblog::test::text_of_child([&] {
    const CapturedStderr of_failures{directory / "stderr"};
    set_much_up(directory.path());
    const std::string actions_at_first = dblog::test::kernel_actions();
    Calls calls;
    std::string changes;
    for (const bool is_first : {true, false}) {
      for (const Call& call : calls.all()) {
        changes += changes_by(call, is_first, directory / "LOGS.db");
      }
    }
    const auto uninstall = [] { return dblog::uninstall_handlers(), true; };
    changes +=
        changes_by({"uninstall_handlers", uninstall, true, true}, true, directory / "LOGS.db");
    if (dblog::test::kernel_actions() != actions_at_first) changes += "signals in the kernel";
    return changes + "done";
  });
  CHECK(text == "done");
}

TEST_CASE("left alone: dblog's thread is an ordinary one, whichever thread starts it") {
  const TemporaryDirectory directory;
  const std::string text = dblog::test::text_of_child([&]() -> std::string {
    fs::current_path(directory.path());
    cpu_set_t all;
    ::sched_getaffinity(0, sizeof all, &all);
    std::thread{[] {
      be_special();
      dblog::EventLogger{"t", {.queued = true}}.push_to_table("x");
      dblog::EventLogger::flush();
    }}.join();
    // The thread may not have run yet.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    std::string found = "no thread";
    while (found != "ordinary" && std::chrono::steady_clock::now() < end) {
      found = state_of_queue_thread(CPU_COUNT(&all));
      std::this_thread::yield();
    }
    return found;
  });
  CHECK(text == "ordinary");
}
