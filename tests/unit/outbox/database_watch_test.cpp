// What wakes a flush that watches, counted by what the kernel told.
#include "src/outbox/database_watch.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/unit/outbox/outbox_scene.hpp"

using dblog::outbox::DatabaseWatch;
using dblog::test::OutboxScene;
using namespace std::chrono_literals;

TEST_CASE("database watch: a busy log file beside the database wakes no flush") {
  OutboxScene scene;
  std::ofstream log{scene.directory / "out.txt"};
  const auto watch = DatabaseWatch::open(scene.path);
  REQUIRE(watch.ok());
  for (int i = 0; i < 5'000; ++i) log << "write(3, \"...\") = 17" << std::endl;
  (*watch)->wait(50ms, -1);
  CHECK((*watch)->wake_ups() == 0);
}

TEST_CASE("database watch: files that are made beside the database wake it now and then at most") {
  OutboxScene scene;
  const auto watch = DatabaseWatch::open(scene.path);
  REQUIRE(watch.ok());
  for (int i = 0; i < 2'000; ++i)
    std::ofstream{scene.directory / ("LOGS.db-box-" + std::to_string(i))};
  (*watch)->wait(50ms, -1);
  CHECK((*watch)->wake_ups() <= 1);
}

TEST_CASE("database watch: a commit wakes it, also after the log was made again") {
  OutboxScene scene;
  const auto watch = DatabaseWatch::open(scene.path);
  REQUIRE(watch.ok());
  scene.add("slack", "disk full");
  (*watch)->wait(60s, -1);
  CHECK((*watch)->wake_ups() == 1);
  // As after a restore: the names stand for other files now.
  const auto log = scene.path.native() + "-wal";
  std::filesystem::rename(log, log + ".old");
  std::ofstream{log} << "first";
  (*watch)->wait(60s, -1);
  CHECK((*watch)->wake_ups() == 2);
  std::ofstream{log, std::ios::app} << "second";
  (*watch)->wait(60s, -1);
  CHECK((*watch)->wake_ups() == 3);
  std::filesystem::rename(log + ".old", log);
}

TEST_CASE("database watch: what it is woken for ends the wait, however much else is written") {
  OutboxScene scene;
  const auto watch = DatabaseWatch::open(scene.path);
  REQUIRE(watch.ok());
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "x", 1) == 1);
  (*watch)->wait(60s, ends[0]);
  CHECK((*watch)->wake_ups() == 0);
  ::close(ends[0]);
  ::close(ends[1]);
}
