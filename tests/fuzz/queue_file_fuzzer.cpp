// Bytes that claim to be a queue file. The input's first byte says what is made of the rest: the
// file itself, or the file of a process that is gone, parts of which the input overwrites; whether
// the identity and the events are to fit their checksums then, so that what lies behind is reached
// too.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <variant>

#include "src/base/field_bytes.hpp"
#include "src/event/event_facts.hpp"
#include "src/queue/event_record.hpp"
#include "src/queue/queue_reader.hpp"
#include "src/text/valid_text.hpp"
#include "tests/fuzz/input_reader.hpp"
#include "tests/support/queue_image.hpp"

namespace {

using namespace dblog::queue;
using dblog::test::QueueImage;

// Behind the message of the event that has some.
constexpr std::uint64_t kFactsPosition = 76;
constexpr std::size_t kFactsAt = kSlotsAt + (kFactsPosition % QueueImage::kSlots) * sizeof(Slot) +
                                 offsetof(Slot, bytes) + sizeof(EntryHead) + 7;

constexpr std::size_t kParts[] = {
    0,
    offsetof(QueueIdentity, slot_count),
    offsetof(QueueIdentity, process.boot_id),
    offsetof(QueueIdentity, executable),
    offsetof(QueueHead, table_count),
    offsetof(QueueHead, table_names) + kTableNameSize,
    kSlotsAt,
    kSlotsAt + 1 * sizeof(Slot),
    kSlotsAt + 2 * sizeof(Slot),
    kSlotsAt + (QueueImage::kSlots - 1) * sizeof(Slot),
    kFactsAt,
};

constexpr std::string_view kMessage = "an event of several slots: it goes on ";

// What overwriting starts from: events of one slot and of several, the last of them around the end,
// and one with facts.
void put_bytes(QueueImage& image, std::uint64_t position, std::uint16_t table,
               std::string_view content) {
  const EntryHead head{1'700'000'000'000'000, 0, table, static_cast<std::uint16_t>(content.size())};
  std::string bytes(sizeof(EntryHead), '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  bytes += content;
  for (std::uint64_t at = 0; at < slots_for(content.size()); ++at) {
    Slot& slot = image.slots()[(position + at) % QueueImage::kSlots];
    slot.stamp = (position + at + 1) | (at == 0 ? 0 : Slot::kFurtherPart);
    const std::string part = bytes.substr(at * Slot::kBytes, Slot::kBytes);
    std::memcpy(slot.bytes, part.data(), part.size());
  }
}

void put_event(QueueImage& image, std::uint64_t position, std::size_t message_size) {
  std::string message;
  while (message.size() < message_size) message += kMessage;
  message.resize(message_size);
  put_bytes(image, position, 0, message);
}

void put_event_with_facts(QueueImage& image, std::uint64_t position) {
  char record[kMaxMessage];
  const std::size_t size = write_record(
      "refused",
      {.severity = dblog::Severity::warning,
       .fields = {{"text", "value"}, {"integer", 4711}, {"real", 0.25}, {"boolean", true}},
       .tags = {"tag"}},
      [](char* to, std::size_t capacity) noexcept {
        dblog::base::FieldWriter writer{to, capacity, dblog::base::kOfContext};
        writer.text("context", "value");
        writer.integer("text", 1);
        return writer.size();
      },
      record);
  put_bytes(image, position, EntryHead::kHasFacts, {record, size});
}

// The events are sealed as their producer would.
void seal_events(QueueImage& image) {
  for (std::uint64_t i = 0; i < QueueImage::kSlots; ++i) {
    Slot& slot = image.slots()[i];
    EntryHead head;
    std::memcpy(&head, slot.bytes, sizeof head);
    const bool is_further = (slot.stamp & (Slot::kFurtherPart | Slot::kAbandoned)) != 0;
    if (is_further || head.message_size > kMaxMessage) continue;
    std::string message{slot.bytes + sizeof head, kFirstPart};
    for (std::uint64_t next = i + 1; message.size() < head.message_size; ++next) {
      message.append(image.slots()[next % QueueImage::kSlots].bytes, Slot::kBytes);
    }
    message.resize(head.message_size);
    const std::uint64_t position = slot.stamp - 1;
    head.seal = seal_of(position, digest_of(head.utc_microseconds, head.table, message));
    std::memcpy(slot.bytes, &head, sizeof head);
  }
}

bool is_within_limits(const dblog::store::EventFactsRow& facts) {
  using dblog::text::is_utf8;
  constexpr std::size_t kMark = 4;  // " …"
  for (const auto& field : facts.fields) {
    const auto* text = std::get_if<std::string>(&field.value.held());
    const bool is_good_text =
        text == nullptr || (is_utf8(*text) && text->size() <= dblog::event::kMaxFieldText + kMark);
    if (!is_good_text || !is_utf8(field.name)) return false;
  }
  return facts.fields.size() <= dblog::event::kMostFields &&
         facts.tags.size() <= dblog::event::kMostTags &&
         facts.severity <= dblog::Severity::critical &&
         std::all_of(facts.tags.begin(), facts.tags.end(),
                     [](const std::string& tag) { return !tag.empty() && is_utf8(tag); });
}

void check(std::string_view bytes) {
  const auto content = read_queue(bytes, "fuzz");
  if (!content) return;
  std::uint64_t before = 0;
  for (const auto& row : content->events.rows) {
    if (row.table >= content->events.tables.size() || row.message.size() > kMaxMessage ||
        row.position < before || row.position >= content->events.end || row.date.back() != '\0') {
      std::abort();
    }
    if (row.facts != nullptr && !is_within_limits(*row.facts)) std::abort();
    before = row.position;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dblog::test::InputReader input{data, size};
  const auto mode = input.number<std::uint8_t>();
  if (mode % 8 == 7) {
    check(input.rest());
    return 0;
  }
  QueueImage image;
  put_event(image, 64, 20);
  put_event(image, 65, 1'000);
  put_event(image, 126, 500);
  put_event_with_facts(image, kFactsPosition);
  overwrite_parts(input, kParts, image.bytes(), image.view().size());
  if ((mode & 1U) == 0) image.seal();
  if ((mode & 2U) == 0) seal_events(image);
  check(image.view());
  return 0;
}
