// A queue on its way into the database, when producers do not behave.
#include "src/queue/event_queue.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>

#include "src/process/mapped_files.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using namespace std::chrono_literals;
using dblog::queue::EventQueue;
using dblog::queue::EventRing;
using dblog::test::sqlite_shell;
using dblog::test::TemporaryDirectory;

EventQueue::Clock::time_point in(std::chrono::milliseconds time) {
  return EventQueue::Clock::now() + time;
}

struct SmallQueue {
  SmallQueue() {
    auto made = EventQueue::make(dblog::test::store_at(directory / "LOGS.db"), 64);
    REQUIRE(made);
    queue = std::move(*made);
    const auto number = queue->table(*dblog::sqlite::TableName::parse("t"));
    REQUIRE(number);
    table = *number;
  }

  void push(std::string_view message) {
    REQUIRE(queue->ring().push(table, 0, message) == EventRing::Outcome::pushed);
  }
  // As if its producer had stopped in the middle of it.
  void unfinish(std::uint64_t position) const {
    const int file = ::open(queue->path().c_str(), O_WRONLY | O_CLOEXEC);
    const std::uint64_t none = 0;
    const auto at = dblog::queue::kSlotsAt + position * sizeof(dblog::queue::Slot);
    CHECK(::pwrite(file, &none, sizeof none, static_cast<off_t>(at)) == sizeof none);
    ::close(file);
  }
  [[nodiscard]] std::string rows() const {
    return sqlite_shell(directory / "LOGS.db", "SELECT msg FROM t ORDER BY id;");
  }

  TemporaryDirectory directory;
  std::unique_ptr<EventQueue> queue;
  std::uint16_t table = 0;
};

// As the crash handler does.
class MendedMappings {
 public:
  MendedMappings() {
    struct sigaction action {};
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = [](int, siginfo_t* info, void*) {
      if (!dblog::process::mend_mapping(info->si_addr)) ::_exit(99);
    };
    ::sigaction(SIGBUS, &action, &before_);
  }
  ~MendedMappings() { ::sigaction(SIGBUS, &before_, nullptr); }
  MendedMappings(const MendedMappings&) = delete;
  MendedMappings& operator=(const MendedMappings&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace

TEST_CASE("event queue: goes round and round its file") {
  SmallQueue small;
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    small.push(std::to_string(i));
    expected += (i == 0 ? "" : "\n") + std::to_string(i);
    if (i % 50 == 49) REQUIRE_FALSE(small.queue->commit_all(in(10s)));
  }
  CHECK(small.rows() == expected);
}

TEST_CASE("event queue: an unfinished push holds up what comes after it, for as long as was told") {
  SmallQueue small;
  for (const char* message : {"0", "1", "2"}) small.push(message);
  small.unfinish(1);
  const auto failure = small.queue->commit_all(in(20ms));
  REQUIRE(failure);
  CHECK_THAT(failure->text(), Catch::Contains("did not finish"));
  CHECK(small.rows() == "0");
}

TEST_CASE(
    "event queue: a commit waits its turn behind a thread that itself waits for the database") {
  SmallQueue small;
  small.push("0");
  std::optional<dblog::test::LockingShell> other{small.directory / "LOGS.db"};
  std::thread first{[&] {
    CHECK_FALSE(small.queue->commit_batch(in(1200ms)));
    other.reset();
  }};
  const auto failure = small.queue->commit_in_turn(1000ms);
  first.join();
  CHECK_FALSE(failure);
  CHECK(small.rows() == "0");
}

TEST_CASE("event queue: what is never finished is left out in the end, and nothing else") {
  SmallQueue small;
  for (const char* message : {"0", "1", "2", "3", "4"}) small.push(message);
  small.unfinish(1);
  small.unfinish(3);
  small.queue->give_up_on_the_unfinished();
  CHECK_FALSE(small.queue->commit_all(in(10s)));
  CHECK(small.rows() == "0\n2\n4");
  CHECK(small.queue->is_empty());
  CHECK(small.queue->ring().push(small.table, 0, "x") == EventRing::Outcome::closed);
}

TEST_CASE("event queue: its file goes only when everything is committed and it is closed") {
  SmallQueue small;
  small.push("0");
  small.queue->remove(in(10s));
  CHECK(std::filesystem::exists(small.queue->path()));
  small.queue->ring().close();
  small.queue->remove(in(10s));
  CHECK(std::filesystem::exists(small.queue->path()));
  REQUIRE_FALSE(small.queue->commit_all(in(10s)));
  small.queue->remove(in(10s));
  CHECK_FALSE(std::filesystem::exists(small.queue->path()));
}

TEST_CASE("event queue: one table has one number, however its name is written") {
  SmallQueue small;
  const auto number = [&](const char* name) {
    const auto found = small.queue->table(*dblog::sqlite::TableName::parse(name));
    REQUIRE(found);
    return *found;
  };
  CHECK(number("T") == small.table);
  CHECK(number("other") != small.table);
  CHECK(number("OTHER") == number("other"));
}

TEST_CASE("event queue: what a truncated file held is lost, and said to be, once to each") {
  const MendedMappings mended;
  SmallQueue small;
  small.push("committed");
  REQUIRE(!small.queue->commit_all(in(5s)));
  small.push("lost");
  small.push(std::string(dblog::queue::kFirstPart + 1, 'x'));
  std::filesystem::resize_file(small.queue->path(), 0);
  CHECK(small.queue->ring().push(small.table, 0, "in memory") == EventRing::Outcome::pushed);
  CHECK(small.queue->ring().push(small.table, 0, "later") == EventRing::Outcome::closed);
  REQUIRE(!small.queue->commit_all(in(5s)));
  CHECK(small.rows() == "committed\nin memory");
  CHECK(small.queue->is_empty());
  CHECK(small.queue->lost() == 3);  // a slot each
  CHECK(!std::filesystem::exists(small.queue->path()));
  for (const auto listener : {EventQueue::writer, EventQueue::flusher}) {
    CHECK_THAT(small.queue->take_loss(listener), Catch::Contains("are lost, 3 at most"));
    CHECK(small.queue->take_loss(listener).empty());
  }
}

TEST_CASE("event queue: a caller that asks for losses does not wait for a commit") {
  SmallQueue small;
  small.push("waits");
  std::optional<dblog::test::LockingShell> other(std::in_place, small.directory / "LOGS.db");
  std::atomic<bool> has_ended{false};
  std::thread consumer([&] {
    small.queue->commit_all(in(30s));
    has_ended = true;
  });
  const auto is_consuming = [&] {
    return small.queue->commit_batch(in(0s)).error().text().find("another thread") !=
           std::string::npos;
  };
  while (!has_ended && !is_consuming()) {
  }
  CHECK(small.queue->take_loss(EventQueue::flusher).empty());
  CHECK_FALSE(has_ended);
  other.reset();
  consumer.join();
  CHECK(small.rows() == "waits");
}

TEST_CASE("event queue: an event that another process has changed is no row, the others are") {
  SmallQueue small;
  small.push("before");
  small.push("changed");
  small.push("after");
  const int file = ::open(small.queue->path().c_str(), O_WRONLY | O_CLOEXEC);
  const auto at = dblog::queue::kSlotsAt + sizeof(dblog::queue::Slot) +
                  offsetof(dblog::queue::Slot, bytes) + sizeof(dblog::queue::EntryHead);
  CHECK(::pwrite(file, "C", 1, static_cast<off_t>(at)) == 1);
  ::close(file);
  REQUIRE(!small.queue->commit_all(in(5s)));
  CHECK(small.rows() == "before\nafter");
  CHECK_THAT(
      small.queue->take_loss(EventQueue::writer),
      Catch::Contains("was written to by another program") && Catch::Contains("lost, 1 at most"));
}
