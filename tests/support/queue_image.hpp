// A queue file as a process would leave it, in memory.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "src/queue/event_ring.hpp"
#include "src/queue/queue_layout.hpp"

namespace dblog::test {

class QueueImage {
 public:
  static constexpr std::uint32_t kSlots = 64;

  QueueImage() : words_(queue::file_size(kSlots) / sizeof(std::uint64_t)) {
    queue::QueueIdentity& identity = head().identity;
    identity.magic = queue::QueueIdentity::kMagic;
    identity.layout = queue::QueueIdentity::kLayout;
    identity.slot_count = kSlots;
    identity.process.id = 4711;
    std::strcpy(identity.process.boot_id, "another-boot");
    seal();
    add_table("t");
  }

  queue::QueueHead& head() { return *reinterpret_cast<queue::QueueHead*>(words_.data()); }
  queue::Slot* slots() { return reinterpret_cast<queue::Slot*>(bytes() + queue::kSlotsAt); }
  char* bytes() { return reinterpret_cast<char*>(words_.data()); }
  std::string_view view() { return {bytes(), words_.size() * sizeof(std::uint64_t)}; }

  void seal() { head().identity.checksum = checksum_of(head().identity); }
  void add_table(std::string_view name) {
    const std::uint32_t count = head().table_count;
    std::memcpy(head().table_names[count], name.data(), name.size());
    head().table_count = count + 1;
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace dblog::test
