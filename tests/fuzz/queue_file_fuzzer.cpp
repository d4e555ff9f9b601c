// Bytes that claim to be a queue file. The input's first byte says what is made of the rest: the
// file itself, or the file of a process that is gone, parts of which the input overwrites; whether
// the identity and the events are to fit their checksums then, so that what lies behind is reached
// too.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "src/queue/queue_reader.hpp"
#include "tests/fuzz/input_reader.hpp"
#include "tests/support/queue_image.hpp"

namespace {

using namespace dblog::queue;
using dblog::test::QueueImage;

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
};

constexpr std::string_view kMessage = "an event of several slots: it goes on ";

// What overwriting starts from: events of one slot and of several, the last of them around the end.
void put_event(QueueImage& image, std::uint64_t position, std::size_t message_size) {
  std::string bytes(sizeof(EntryHead), '\0');
  while (bytes.size() < sizeof(EntryHead) + message_size) bytes += kMessage;
  const EntryHead head{1'700'000'000'000'000, 0, 0, static_cast<std::uint16_t>(message_size)};
  std::memcpy(bytes.data(), &head, sizeof head);
  bytes.resize(sizeof(EntryHead) + message_size);
  for (std::uint64_t at = 0; at < slots_for(message_size); ++at) {
    Slot& slot = image.slots()[(position + at) % QueueImage::kSlots];
    slot.stamp = (position + at + 1) | (at == 0 ? 0 : Slot::kFurtherPart);
    const std::string part = bytes.substr(at * Slot::kBytes, Slot::kBytes);
    std::memcpy(slot.bytes, part.data(), part.size());
  }
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

void check(std::string_view bytes) {
  const auto content = read_queue(bytes, "fuzz");
  if (!content) return;
  std::uint64_t before = 0;
  for (const auto& row : content->events.rows) {
    if (row.table >= content->events.tables.size() || row.message.size() > kMaxMessage ||
        row.position < before || row.position >= content->events.end || row.date.back() != '\0') {
      std::abort();
    }
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
  overwrite_parts(input, kParts, image.bytes(), image.view().size());
  if ((mode & 1U) == 0) image.seal();
  if ((mode & 2U) == 0) seal_events(image);
  check(image.view());
  return 0;
}
