// Bytes that claim to be a queue file. The first byte says whether the identity is to be right, and
// whether events are to fit their checksums, so that what lies behind is reached too.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "src/queue/queue_reader.hpp"
#include "tests/support/queue_image.hpp"

namespace {

using namespace dblog::queue;

// Events of one slot are sealed as their producer would.
void seal_events(dblog::test::QueueImage& image) {
  for (std::uint64_t i = 0; i < dblog::test::QueueImage::kSlots; ++i) {
    Slot& slot = image.slots()[i];
    EntryHead head;
    std::memcpy(&head, slot.bytes, sizeof head);
    if (head.message_size > kFirstPart) continue;
    const std::uint64_t position = slot.stamp - 1;
    head.seal = seal_of(position, digest_of(head.utc_microseconds, head.table,
                                            {slot.bytes + sizeof head, head.message_size}));
    std::memcpy(slot.bytes, &head, sizeof head);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::uint8_t mode = data[0];
  dblog::test::QueueImage image;
  const std::size_t room = image.view().size();
  if (mode % 2 == 0) {
    // As if the whole file were the input.
    std::memcpy(image.bytes(), data + 1, std::min(room, size - 1));
    (void)read_queue(image.view().substr(0, std::min(room, size - 1)), "fuzz");
    if (mode % 4 == 0) image.seal();
  } else {
    std::memcpy(image.bytes() + kSlotsAt, data + 1, std::min(room - kSlotsAt, size - 1));
    if (mode % 4 == 1) seal_events(image);
  }
  const auto content = read_queue(image.view(), "fuzz");
  if (!content) return 0;
  std::uint64_t before = 0;
  for (const auto& row : content->events.rows) {
    if (row.table >= content->events.tables.size() || row.message.size() > kMaxMessage ||
        row.position < before || row.position >= content->events.end || row.date.back() != '\0') {
      std::abort();
    }
    before = row.position;
  }
  return 0;
}
