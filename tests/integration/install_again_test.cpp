// install_handlers() in a process that has them already.
#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include "dblog/event_logger.hpp"
#include "dblog/handlers.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::HandlerOptions;
using dblog::InstallReport;
using dblog::test::text_of_child;

// What the second of two calls says, in a process of its own whose working directory is fresh.
class TwoCalls {
 public:
  [[nodiscard]] std::string missing(const HandlerOptions& first,
                                    const HandlerOptions& second) const {
    return text_of_child([&] {
      std::filesystem::current_path(directory_.path());
      (void)dblog::install_handlers(first);
      const dblog::test::CapturedStderr captured(directory_ / "stderr");
      const InstallReport report = dblog::install_handlers(second);
      std::string text = report.recording ? "" : "not recording; ";
      for (const InstallReport::Missing& missing : report.missing) {
        const std::string line = missing.what + ": " + missing.why;
        text += line;
        if (captured.text() != "dblog: " + line + "\n") text += "; not on stderr";
      }
      return text;
    });
  }

  [[nodiscard]] std::string file(const char* name) const { return directory_ / name; }

  [[nodiscard]] std::string refusal(const std::string& fields) const {
    return "handlers: are installed already, for " + file("a.db") + "; not changed: " + fields +
           "; call uninstall_handlers() first";
  }

 private:
  dblog::test::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("install: faults that the thread blocks are named") {
  const dblog::test::TemporaryDirectory directory;
  const std::string missing = text_of_child([&] {
    sigset_t faults;
    sigemptyset(&faults);
    for (const int fault : {SIGSEGV, SIGILL}) sigaddset(&faults, fault);
    pthread_sigmask(SIG_BLOCK, &faults, nullptr);
    const dblog::test::CapturedStderr captured(directory / "stderr");
    const InstallReport report = dblog::install_handlers({.database = directory / "LOGS.db"});
    return report.missing.empty() ? std::string{}
                                  : report.missing.back().what + ": " + report.missing.back().why;
  });
  CHECK(missing.starts_with("blocked faults: SIGSEGV, SIGILL blocked in this thread"));
}

TEST_CASE("install again: another database is refused, said and not made") {
  const TwoCalls calls;
  CHECK(calls.missing({.database = calls.file("a.db")}, {.database = calls.file("b.db")}) ==
        calls.refusal("database"));
  CHECK_FALSE(std::filesystem::exists(calls.file("b.db")));
}

TEST_CASE("install again: every option that is refused is named") {
  const TwoCalls calls;
  CHECK(calls.missing({.database = calls.file("a.db"), .release = "1.0"},
                      {.release = "1.1",
                       .signals = {SIGTERM},
                       .throw_sites = false,
                       .deadline = std::chrono::milliseconds{10},
                       .scrub = {.keys = {"password"}}}) ==
        calls.refusal("release, signals, throw_sites, deadline, scrub"));
}

TEST_CASE("install again: the same options are fine, in other words too") {
  const TwoCalls calls;
  const HandlerOptions first{.database = calls.file("a.db"), .release = "1.0"};
  CHECK(calls.missing(first, first).empty());
  CHECK(
      calls
          .missing(first, {.database = "a.db",
                           .signals = {SIGSYS, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}})
          .empty());
}

TEST_CASE("install again: a library that asks for nothing is told of nothing") {
  const TwoCalls calls;
  CHECK(calls.missing({.database = calls.file("a.db"), .all_threads = false}, {}).empty());
}

TEST_CASE("install again: after uninstall_handlers() another database is taken") {
  const dblog::test::TemporaryDirectory directory;
  CHECK(text_of_child([&] {
          (void)dblog::install_handlers({.database = directory / "a.db"});
          dblog::uninstall_handlers();
          const auto report = dblog::install_handlers({.database = directory / "b.db"});
          return report.missing.empty() ? report.database.filename().string() : "refused";
        }) == "b.db");
}

TEST_CASE(
    "install again: uninstalling and installing disturbs no thread that pushes, and leaks "
    "nothing") {
  const dblog::test::TemporaryDirectory directory;
  const std::string counts = text_of_child([&] {
    const auto open_files = [] {
      return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {});
    };
    const HandlerOptions options{.database = directory / "LOGS.db",
                                 .delivery = dblog::Delivery::none,
                                 .print_to_stderr = false};
    std::atomic<bool> is_over = false;
    std::thread pusher{[&] {
      dblog::EventLogger events{"t", options.database};
      while (!is_over) (void)events.push_to_table("x");
    }};
    (void)dblog::install_handlers(options);
    dblog::uninstall_handlers();
    const auto before = open_files();
    for (int i = 0; i < 100; ++i) {
      (void)dblog::install_handlers(options);
      dblog::uninstall_handlers();
    }
    is_over = true;
    pusher.join();
    return open_files() <= before + 3 ? std::string("none leaked") : std::string("leaked");
  });
  CHECK(counts == "none leaked");
}
