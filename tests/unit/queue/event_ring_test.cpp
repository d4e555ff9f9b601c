#include "src/queue/event_ring.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using dblog::queue::EventRing;
using dblog::queue::kFirstPart;
using dblog::queue::kMaxMessage;
using dblog::queue::Slot;
using Outcome = EventRing::Outcome;

struct SmallRing {
  explicit SmallRing(std::size_t slot_count)
      : slots(std::make_unique<Slot[]>(slot_count)), ring(slots.get(), slot_count) {}

  std::unique_ptr<Slot[]> slots;
  EventRing ring;
};

// Takes the next event out, as the consumer does; "<none>" if it is not there, or not whole.
std::string take(EventRing& ring) {
  const auto entry = ring.read(ring.consumed());
  if (!entry) return "<none>";
  std::string message;
  if (!ring.append_message(*entry, message)) return "<damaged>";
  ring.consume(entry->end);
  return message;
}

}  // namespace

TEST_CASE("event ring: an empty one has nothing to read") {
  SmallRing small(8);
  CHECK(take(small.ring) == "<none>");
  CHECK(small.ring.claimed() == 0);
}

TEST_CASE("event ring: messages of every length come back as they were, round and round") {
  SmallRing small(64);
  for (std::size_t size = 0; size <= kMaxMessage; size += size < 300 ? 1 : 97) {
    INFO(size << " bytes");
    std::string message(size, 'x');
    for (std::size_t i = 0; i < size; ++i) message[i] = static_cast<char>('a' + i % 26);
    REQUIRE(small.ring.push(7, 99, message) == Outcome::pushed);
    REQUIRE(take(small.ring) == message);
  }
  CHECK(small.ring.claimed() == small.ring.consumed());
}

TEST_CASE("event ring: a message that another process changed is not taken for what was pushed") {
  SmallRing small(8);
  const std::string message(kFirstPart + 10, 'x');
  REQUIRE(small.ring.push(7, 99, message) == Outcome::pushed);
  small.slots[1].bytes[0] = '\0';
  CHECK(take(small.ring) == "<damaged>");
}

TEST_CASE("event ring: table and time come with the message") {
  SmallRing small(8);
  REQUIRE(small.ring.push(7, -99, "x") == Outcome::pushed);
  const auto entry = small.ring.read(0);
  REQUIRE(entry);
  CHECK(entry->head.table == 7);
  CHECK(entry->head.utc_microseconds == -99);
}

TEST_CASE("event ring: a message that is too long is refused") {
  SmallRing small(64);
  CHECK(small.ring.push(0, 0, std::string(kMaxMessage + 1, 'x')) == Outcome::too_long);
  CHECK(small.ring.claimed() == 0);
}

TEST_CASE("event ring: a full one refuses, and takes again when something was consumed") {
  SmallRing small(8);
  for (int i = 0; i < 8; ++i) REQUIRE(small.ring.push(0, 0, std::to_string(i)) == Outcome::pushed);
  CHECK(small.ring.push(0, 0, "no room") == Outcome::full);
  CHECK(take(small.ring) == "0");
  CHECK(small.ring.push(0, 0, "8") == Outcome::pushed);
  for (int i = 1; i <= 8; ++i) CHECK(take(small.ring) == std::to_string(i));
}

TEST_CASE("event ring: a message of several slots is refused when not all of them are free") {
  SmallRing small(4);
  for (int i = 0; i < 3; ++i) REQUIRE(small.ring.push(0, 0, "x") == Outcome::pushed);
  CHECK(small.ring.push(0, 0, std::string(kFirstPart + 1, 'x')) == Outcome::full);
  CHECK(small.ring.push(0, 0, std::string(kFirstPart, 'x')) == Outcome::pushed);
}

TEST_CASE("event ring: a closed one refuses and keeps what it has") {
  SmallRing small(8);
  REQUIRE(small.ring.push(0, 0, "before") == Outcome::pushed);
  small.ring.close();
  CHECK(small.ring.push(0, 0, "after") == Outcome::closed);
  CHECK(small.ring.claimed() == 1);
  CHECK(take(small.ring) == "before");
}

TEST_CASE("event ring: an event that was abandoned in time is whole") {
  SmallRing small(8);
  REQUIRE(small.ring.push(0, 0, "whole") == Outcome::pushed);
  small.ring.close();
  CHECK_FALSE(small.ring.abandon(0));
  CHECK(small.ring.abandon(1));
}

// Under ThreadSanitizer as well: the consumer reads what eight producers write, in place.
TEST_CASE("event ring: eight producers and a consumer lose nothing and keep each one's order") {
  constexpr int kThreads = 8;
  constexpr int kEach = 4'000;
  SmallRing small(128);
  std::atomic<int> refusals{0};
  std::vector<std::thread> producers;
  for (int thread = 0; thread < kThreads; ++thread) {
    producers.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        std::string message = std::to_string(i);
        if (i % 16 == 0) message += std::string(kFirstPart + 200, ' ');
        while (small.ring.push(static_cast<std::uint16_t>(thread), i, message) != Outcome::pushed) {
          ++refusals;
          std::this_thread::yield();
        }
      }
    });
  }
  std::vector<int> next(kThreads, 0);
  int taken = 0, wrong = 0;
  while (taken < kThreads * kEach) {
    const auto entry = small.ring.read(small.ring.consumed());
    if (!entry) {
      std::this_thread::yield();
      continue;
    }
    std::string message;
    wrong += small.ring.append_message(*entry, message) ? 0 : 1;
    const int number = std::stoi(message);
    const bool is_right =
        number == next[entry->head.table]++ && entry->head.utc_microseconds == number;
    wrong += is_right ? 0 : 1;
    small.ring.consume(entry->end);
    ++taken;
  }
  for (std::thread& producer : producers) producer.join();
  CHECK(wrong == 0);
  CHECK(small.ring.claimed() == small.ring.consumed());
}
