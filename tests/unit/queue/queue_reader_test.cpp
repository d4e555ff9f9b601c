// The reader of queue files on bytes that it cannot trust.
#include "src/queue/queue_reader.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "dblog/event.hpp"
#include "src/queue/event_record.hpp"
#include "src/queue/event_ring.hpp"
#include "tests/support/queue_image.hpp"

namespace {

using dblog::base::ErrorCode;
using dblog::queue::EventRing;
using dblog::queue::kFirstPart;
using dblog::queue::QueueIdentity;
using dblog::queue::read_queue;
using dblog::queue::Slot;
using dblog::test::QueueImage;

std::vector<std::string> messages(QueueImage& image) {
  const auto content = read_queue(image.view(), "queue");
  REQUIRE(content);
  std::vector<std::string> found;
  for (const auto& row : content->events.rows) found.emplace_back(row.message);
  return found;
}

std::string refusal(std::string_view bytes) {
  const auto content = read_queue(bytes, "queue");
  return content ? "" : content.error().text();
}

struct Written {
  QueueImage image;
  EventRing ring{image.slots(), QueueImage::kSlots};

  void push(std::string_view message) {
    REQUIRE(ring.push(0, 0, message) == EventRing::Outcome::pushed);
  }
};

}  // namespace

TEST_CASE("queue reader: an empty queue has no events") {
  QueueImage image;
  CHECK(messages(image).empty());
}

TEST_CASE("queue reader: events come back in the order of their positions") {
  Written written;
  const std::string longer(kFirstPart + 500, 'x');
  for (const std::string& message : {std::string("one"), longer, std::string()}) {
    written.push(message);
  }
  CHECK(messages(written.image) == std::vector<std::string>{"one", longer, ""});
}

TEST_CASE("queue reader: dates and tables are those of the push") {
  Written written;
  written.image.add_table("other");
  const dblog::Timestamp date{std::chrono::microseconds{1'700'000'000'123'456}};
  REQUIRE(written.ring.push(1, date.time_since_epoch().count(), "x") == EventRing::Outcome::pushed);
  const auto content = read_queue(written.image.view(), "queue");
  REQUIRE(content);
  REQUIRE(content->events.rows.size() == 1);
  CHECK(content->events.rows[0].date.data() == dblog::local_date_text(date));
  CHECK(content->events.tables.at(content->events.rows[0].table).text() == "other");
}

TEST_CASE("queue reader: a ring that went round has its last events, oldest first") {
  Written written;
  for (std::uint64_t i = 0; i < 100; ++i) {
    written.push(std::to_string(i));
    written.ring.consume(i);
  }
  const auto found = messages(written.image);
  REQUIRE(found.size() == QueueImage::kSlots);
  CHECK(found.front() == "36");
  CHECK(found.back() == "99");
}

TEST_CASE("queue reader: an event that its producer did not finish is left out, and no other") {
  Written written;
  for (const char* message : {"one", "two", "three"}) written.push(message);
  written.image.slots()[1].stamp = 0;
  CHECK(messages(written.image) == std::vector<std::string>{"one", "three"});
}

TEST_CASE("queue reader: a long event without one of its parts is left out") {
  Written written;
  written.push(std::string(kFirstPart + 500, 'x'));
  written.push("next");
  written.image.slots()[3].stamp = 0;
  CHECK(messages(written.image) == std::vector<std::string>{"next"});
}

TEST_CASE("queue reader: an event that does not fit its checksum is counted, not believed") {
  Written written;
  for (const char* message : {"one", "two"}) written.push(message);
  for (const std::size_t byte :
       {std::size_t{0}, std::size_t{12}, sizeof(dblog::queue::EntryHead)}) {
    INFO("byte " << byte);
    written.image.slots()[0].bytes[byte] ^= 1;
    CHECK(messages(written.image) == std::vector<std::string>{"two"});
    CHECK(read_queue(written.image.view(), "queue")->damaged == std::vector<std::uint64_t>{0});
    written.image.slots()[0].bytes[byte] ^= 1;
  }
}

TEST_CASE("queue reader: an event of a table that is not there is not believed") {
  Written written;
  REQUIRE(written.ring.push(1, 0, "x") == EventRing::Outcome::pushed);
  CHECK(messages(written.image).empty());
}

TEST_CASE("queue reader: names that are no tables' are not believed") {
  for (const char* name : {"", "crashes", "a b", "sqlite_master", "1"}) {
    INFO(name);
    QueueImage image;
    image.add_table(name);
    EventRing ring{image.slots(), QueueImage::kSlots};
    REQUIRE(ring.push(1, 0, "x") == EventRing::Outcome::pushed);
    REQUIRE(ring.push(0, 0, "y") == EventRing::Outcome::pushed);
    CHECK(messages(image) == std::vector<std::string>{"y"});
  }
}

TEST_CASE("queue reader: a stamp of another slot is not believed") {
  Written written;
  written.push("one");
  written.image.slots()[0].stamp = 2;
  CHECK(messages(written.image).empty());
}

TEST_CASE("queue reader: a truncated file is refused at every length") {
  QueueImage image;
  const std::string_view whole = image.view();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{12},
                                 sizeof(QueueIdentity), dblog::queue::kSlotsAt, whole.size() - 1}) {
    INFO(size << " bytes");
    CHECK_THAT(refusal(whole.substr(0, size)), Catch::Contains("truncated"));
  }
}

TEST_CASE("queue reader: a file of another version is refused as such") {
  QueueImage image;
  image.head().identity.layout += 1;
  image.seal();
  CHECK(read_queue(image.view(), "queue").error().code == ErrorCode::newer_schema);
}

TEST_CASE("queue reader: a file with a damaged identity is refused") {
  QueueImage image;
  image.head().identity.process.id += 1;
  CHECK_THAT(refusal(image.view()), Catch::Contains("damaged"));
}

TEST_CASE("queue reader: a number of slots that cannot be is refused") {
  for (const std::uint32_t count : {0U, 63U, 0x80000000U, 0xFFFFFFFFU}) {
    QueueImage image;
    image.head().identity.slot_count = count;
    image.seal();
    CHECK_THAT(refusal(image.view()), Catch::Contains("damaged"));
  }
}

TEST_CASE("queue reader: files of layouts 1 and 2 are read as they are, a later one is not") {
  Written written;
  written.push("one");
  for (const std::uint32_t layout : {1U, 2U}) {
    written.image.head().identity.layout = layout;
    written.image.seal();
    CHECK(messages(written.image) == std::vector<std::string>{"one"});
  }
  written.image.head().identity.layout = QueueIdentity::kLayout + 1;
  written.image.seal();
  CHECK(refusal(written.image.view()).find("another version") != std::string::npos);
}

TEST_CASE("queue reader: an event with facts comes back with them, and its message without") {
  Written written;
  std::array<char, dblog::queue::kMaxMessage> record;
  const std::string message(kFirstPart + 100, 'm');
  const std::size_t size = dblog::queue::write_record(
      message, {.severity = dblog::Severity::critical, .fields = {{"n", 1}}},
      [](char*, std::size_t) noexcept { return std::size_t{0}; }, record);
  REQUIRE(size > 0);
  REQUIRE(written.ring.push(dblog::queue::EntryHead::kHasFacts, 0, {record.data(), size}) ==
          EventRing::Outcome::pushed);
  written.push("plain");
  const auto content = read_queue(written.image.view(), "queue");
  REQUIRE(content);
  const auto& rows = content->events.rows;
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].message == message);
  CHECK(rows[0].table == 0);
  REQUIRE(rows[0].facts != nullptr);
  CHECK(rows[0].facts->severity == dblog::Severity::critical);
  CHECK(rows[0].facts->fields == std::vector<dblog::Field>{{"n", 1}});
  CHECK(rows[1].facts == nullptr);
}
