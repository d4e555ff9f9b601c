// The sink for spdlog with the real library, read back by the sqlite3 shell.
#include "dblog/spdlog.hpp"

#include <spdlog/async.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "dblog/handlers.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::SpdlogSinkOptions;

// A logger that operator new uses while it is set: the program's code that runs inside of a push.
spdlog::logger* logger_of_allocations = nullptr;
int logged_allocations = 0;

void log_allocation() {
  if (logger_of_allocations == nullptr) return;
  ++logged_allocations;
  logger_of_allocations->error("allocated");
}

struct Scene {
  explicit Scene(SpdlogSinkOptions options = {}, std::string table = "log") {
    options.logger.database = directory / "LOGS.db";
    sink = std::make_shared<dblog::spdlog_sink_mt>(table, options);
    logger = std::make_shared<spdlog::logger>("shop", sink);
    logger->set_level(spdlog::level::trace);
    logger->set_error_handler([this](const std::string& why) { errors.push_back(why); });
  }

  [[nodiscard]] std::string query(const std::string& sql) const {
    return dblog::test::sqlite_shell(directory / "LOGS.db", sql);
  }

  dblog::test::TemporaryDirectory directory;
  std::shared_ptr<dblog::spdlog_sink_mt> sink;
  std::shared_ptr<spdlog::logger> logger;
  std::vector<std::string> errors;
};

std::string fields_of(const Scene& scene, const std::string& id) {
  return scene.query(
      "SELECT name, type FROM event_fields WHERE source_table = 'log' AND "
      "source_id = " +
      id + " ORDER BY number");
}

}  // namespace

void* operator new(std::size_t size) {
  log_allocation();
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

TEST_CASE("spdlog sink: warnings and above are rows with their severity") {
  const Scene scene;
  scene.logger->info("not a row");
  scene.logger->warn("nearly full: {} %", 93);
  scene.logger->error("disk full");
  scene.logger->critical("all is lost");
  CHECK(scene.query("SELECT msg, coalesce(severity, 'error') FROM log LEFT JOIN event_facts ON "
                    "source_table = 'log' AND source_id = log.id ORDER BY log.id") ==
        "nearly full: 93 %|warning\ndisk full|error\nall is lost|critical");
  CHECK(scene.errors.empty());
}

TEST_CASE("spdlog sink: logger, thread and source location are fields, and the stack is kept") {
  const Scene scene;
  scene.logger->error("without a place");
  scene.logger->log(spdlog::source_loc{"shop.cpp", 12, "pay"}, spdlog::level::err, "with one");
  CHECK(fields_of(scene, "1") == "logger|text\nthread|integer");
  CHECK(fields_of(scene, "2") ==
        "logger|text\nthread|integer\nfile|text\nline|integer\nfunction|text");
  CHECK(scene.query("SELECT group_concat(value, ' ') FROM (SELECT value FROM event_fields WHERE "
                    "source_id = 2 AND name <> 'thread' ORDER BY number)") ==
        "shop shop.cpp 12 pay");
  CHECK(scene.query("SELECT DISTINCT value FROM event_fields WHERE name = 'thread'") ==
        std::to_string(::gettid()));
  CHECK(scene.query("SELECT count(*) FROM event_stacks WHERE pushed_at IS NOT NULL") == "2");
}

TEST_CASE("spdlog sink: a row has the message's time, not that of its writing") {
  const Scene scene;
  spdlog::details::log_msg message{"shop", spdlog::level::err, "old"};
  message.time = spdlog::log_clock::time_point{std::chrono::microseconds{1'234'567}};
  scene.sink->log(message);
  CHECK(scene.query("SELECT date FROM log") ==
        dblog::local_date_text(dblog::Timestamp{std::chrono::microseconds{1'234'567}}));
}

TEST_CASE("spdlog sink: levels and what goes with a row can be chosen") {
  const Scene scene{{.event_level = spdlog::level::info,
                     .push = {.fields = {{"shift", "night"}}, .tags = {"shop"}}}};
  scene.logger->debug("no row");
  scene.logger->info("opened");
  CHECK(scene.query("SELECT msg, severity, tag FROM log JOIN event_facts ON event_facts.source_id "
                    "= log.id JOIN event_tags ON event_tags.source_id = log.id") ==
        "opened|info|shop");
  CHECK(fields_of(scene, "1") == "shift|text\nlogger|text\nthread|integer");
}

TEST_CASE("spdlog sink: what is no row is a breadcrumb of a crash, from its level on") {
  const dblog::test::TemporaryDirectory directory;
  const int status = dblog::test::exit_status_of([&] {
    ::signal(SIGSEGV, SIG_DFL);  // not Catch's
    dblog::install_handlers({.database = directory / "LOGS.db",
                             .delivery = dblog::Delivery::none,
                             .print_to_stderr = false});
    const SpdlogSinkOptions options{.breadcrumb_level = spdlog::level::debug};
    spdlog::logger logger{"shop", std::make_shared<dblog::spdlog_sink_st>("log", options)};
    logger.set_level(spdlog::level::trace);
    logger.trace("crumb: too fine");
    logger.debug("crumb: cart {}", 7);
    logger.info("crumb: paying");
    logger.error("refused");
    return ::raise(SIGSEGV);
  });
  CHECK(status == -1);
  CHECK(dblog::test::sqlite_shell(
            directory / "LOGS.db",
            "SELECT msg FROM breadcrumbs WHERE msg LIKE '%crumb%' ORDER BY number") ==
        "[debug] crumb: cart 7\n[info] crumb: paying");
}

TEST_CASE("spdlog sink: queued rows are there after flush()") {
  const Scene scene{{.logger = {.queued = true}}};
  for (int i = 0; i < 100; ++i) scene.logger->warn("number {}", i);
  scene.logger->flush();
  CHECK(scene.query("SELECT count(*), max(msg) FROM log") == "100|number 99");
  CHECK(dblog::EventLogger::queue_counts().lost == 0);
}

TEST_CASE(
    "spdlog sink: an asynchronous logger's rows name the thread that logged, without a stack") {
  const Scene scene;
  auto pool = std::make_shared<spdlog::details::thread_pool>(64, 1);
  auto logger = std::make_shared<spdlog::async_logger>("async", scene.sink, pool);
  logger->error("from elsewhere");
  logger.reset();
  pool.reset();  // waits for its thread, which empties the queue
  CHECK(scene.query("SELECT msg, value FROM log JOIN event_fields ON source_id = log.id WHERE name "
                    "= 'thread'") == "from elsewhere|" + std::to_string(::gettid()));
  CHECK(scene.query("SELECT count(*) FROM event_stacks") == "0");
}

TEST_CASE("spdlog sink: threads log at the same time") {
  const Scene scene;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 25; ++k) scene.logger->error("{}", k);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(scene.query("SELECT count(*) FROM log") == "100");
  CHECK(scene.errors.empty());
}

TEST_CASE("spdlog sink: a row that cannot be written goes to spdlog's error handler") {
  const Scene scene{{}, "no table's name"};
  const dblog::test::CapturedStderr quiet{scene.directory / "stderr"};
  CHECK_NOTHROW(scene.logger->error("lost"));
  REQUIRE(scene.errors.size() == 1);
  CHECK_THAT(scene.errors[0], Catch::Contains("dblog: ") && Catch::Contains("no table's name"));
  CHECK_NOTHROW(scene.logger->info("a breadcrumb needs no table"));
  CHECK(scene.errors.size() == 1);
}

TEST_CASE("spdlog sink: what is logged while it writes becomes no row") {
  const Scene scene;
  scene.logger->error("before");  // what allocates once has done so
  logger_of_allocations = scene.logger.get();
  scene.logger->error("outer");
  logger_of_allocations = nullptr;
  CHECK(logged_allocations > 0);
  CHECK(scene.query("SELECT group_concat(msg) FROM log") == "before,outer");
}
