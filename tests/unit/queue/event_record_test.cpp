// Events with facts as bytes of a queue file, and what becomes of other bytes.
#include "src/queue/event_record.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "src/base/field_bytes.hpp"
#include "src/event/event_facts.hpp"
#include "src/queue/queue_layout.hpp"

namespace {

using dblog::Field;
using dblog::PushOptions;
using dblog::Severity;
using dblog::queue::take_facts;
using dblog::queue::write_record;

std::size_t no_context(char*, std::size_t) noexcept { return 0; }

std::string record_of(std::string_view message, const PushOptions& options) {
  std::array<char, dblog::queue::kMaxMessage> bytes;
  const std::size_t size = write_record(message, options, &no_context, bytes);
  return {bytes.data(), size};
}

PushOptions all_kinds() {
  return {.severity = Severity::warning,
          .fields = {{"text", "v"}, {"integer", -7}, {"real", 0.5}, {"boolean", false}},
          .tags = {"a", "b"}};
}

}  // namespace

TEST_CASE("event record: what was written is read again") {
  const std::string record = record_of("message", all_kinds());
  std::string_view message = record;
  const auto facts = take_facts(message);
  CHECK(message == "message");
  CHECK(facts.severity == Severity::warning);
  CHECK(facts.fields == all_kinds().fields);
  CHECK(facts.tags == all_kinds().tags);
}

TEST_CASE("event record: limits are those of committed events") {
  PushOptions options{.severity = static_cast<Severity>(200)};
  for (int i = 0; i < 100; ++i) options.fields.push_back({std::to_string(i), i});
  const std::string record = record_of("m", options);
  std::string_view message = record;
  const auto facts = take_facts(message);
  CHECK(facts.severity == Severity::error);
  CHECK(facts.fields.size() == dblog::event::kMostFields);
  CHECK(facts.fields_left_out == 36);
}

TEST_CASE("event record: what does not fit is not written") {
  CHECK(record_of(std::string(4'096, 'x'), {.severity = Severity::info}).empty());
  CHECK(record_of("m", {.fields = {{"a", std::string(5'000, 'x')}}}).empty());
  CHECK(record_of("m", {.tags = {std::string(70'000, 'x')}}).empty());
  CHECK(record_of(std::string(4'093, 'x'), {.severity = Severity::info}).size() == 4'096);
}

TEST_CASE("event record: fields of a context stand last, and count where no other has their name") {
  std::array<char, 256> bytes;
  const auto copy_context = [](char* to, std::size_t capacity) noexcept {
    dblog::base::FieldWriter writer{to, capacity, dblog::base::kOfContext};
    writer.text("text", "context");
    writer.text("inner", "first");
    writer.text("inner", "second");
    return writer.size();
  };
  const std::size_t size = write_record("message", all_kinds(), copy_context, bytes);
  REQUIRE(size > 0);
  std::string_view message{bytes.data(), size};
  const auto facts = take_facts(message);
  CHECK(message == "message");
  std::vector<Field> expected = all_kinds().fields;
  expected.push_back({"inner", "first"});
  CHECK(facts.fields == expected);
  CHECK(facts.tags == all_kinds().tags);
  const auto too_much = [](char*, std::size_t capacity) noexcept { return capacity + 1; };
  CHECK(write_record("message", all_kinds(), too_much, bytes) == 0);
}

TEST_CASE("event record: cut anywhere, or with any byte changed, it keeps within its bytes") {
  const std::string whole = record_of("message", all_kinds());
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string record = whole.substr(0, size);
    std::string_view message = record;
    (void)take_facts(message);
    CHECK(message == record.substr(0, message.size()));
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : {'\0', '\x7F', '\xFF'}) {
      std::string record = whole;
      record[at] = byte;
      std::string_view message = record;
      const auto facts = take_facts(message);
      CHECK(message == record.substr(0, message.size()));
      CHECK(facts.fields.size() <= all_kinds().fields.size());
    }
  }
}

TEST_CASE("event record: facts that end early leave the message and the facts before") {
  std::string record = record_of("message", {.fields = {{"a", 1}, {"b", 2}}});
  // The second field says a type that there is not.
  record[record.size() - 2 - (1 + 2 + 1 + 8)] = '\x20';
  std::string_view message = record;
  const auto facts = take_facts(message);
  CHECK(message == "message");
  CHECK(facts.fields == std::vector<Field>{{"a", 1}});
}
