#include "src/queue/event_ring.hpp"

#include <algorithm>
#include <cstring>

namespace dblog::queue {

EventRing::Outcome EventRing::push(std::uint16_t table, std::int64_t utc_microseconds,
                                   std::string_view message) noexcept {
  if (message.size() > kMaxMessage) return Outcome::too_long;
  const std::uint64_t count = slots_for(message.size());
  // Reads the whole message: should it be unreadable, no slot is claimed yet.
  const std::uint64_t digest = digest_of(utc_microseconds, table, message);

  std::uint64_t position = claimed_.load(std::memory_order_relaxed);
  do {
    if ((position & kClosed) != 0) return Outcome::closed;
    // Signed: others may have gone on, and been consumed, since `position` was read.
    const auto used =
        static_cast<std::int64_t>(position + count - consumed_.load(std::memory_order_acquire));
    if (used > static_cast<std::int64_t>(slot_count_)) return Outcome::full;
  } while (!claimed_.compare_exchange_weak(position, position + count, std::memory_order_seq_cst,
                                           std::memory_order_relaxed));

  Slot& first = slot(position);
  std::uint64_t before = first.stamp.load(std::memory_order_relaxed);
  if ((before & Slot::kAbandoned) != 0) return Outcome::closed;
  const EntryHead head{utc_microseconds, seal_of(position, digest), table,
                       static_cast<std::uint16_t>(message.size())};
  std::memcpy(first.bytes, &head, sizeof head);
  if (!message.empty()) {
    std::memcpy(first.bytes + sizeof head, message.data(), std::min(message.size(), kFirstPart));
  }
  if (count > 1) write_further_parts(position + 1, message.substr(kFirstPart));
  const bool is_in_time = first.stamp.compare_exchange_strong(
      before, position + 1, std::memory_order_release, std::memory_order_relaxed);
  return is_in_time ? Outcome::pushed : Outcome::closed;
}

void EventRing::write_further_parts(std::uint64_t position, std::string_view rest) noexcept {
  for (; !rest.empty(); ++position) {
    Slot& further = slot(position);
    const std::size_t size = std::min(rest.size(), Slot::kBytes);
    std::memcpy(further.bytes, rest.data(), size);
    further.stamp.store((position + 1) | Slot::kFurtherPart, std::memory_order_release);
    rest.remove_prefix(size);
  }
}

std::optional<EventRing::Entry> EventRing::read(std::uint64_t position) const noexcept {
  const Slot& first = slot(position);
  if (first.stamp.load(std::memory_order_acquire) != position + 1) return std::nullopt;
  Entry entry;
  std::memcpy(&entry.head, first.bytes, sizeof entry.head);
  entry.position = position;
  entry.end = position + slots_for(entry.head.message_size);
  return entry;
}

bool EventRing::append_message(const Entry& entry, std::string& text) const {
  const EntryHead& head = entry.head;
  if (head.message_size > kMaxMessage || slots_for(head.message_size) > slot_count_) return false;
  const std::size_t start = text.size();
  const std::size_t end = start + head.message_size;
  const Slot& first = slot(entry.position);
  text.append(first.bytes + sizeof head, std::min<std::size_t>(head.message_size, kFirstPart));
  for (std::uint64_t at = entry.position + 1; text.size() < end; ++at) {
    text.append(slot(at).bytes, std::min(end - text.size(), Slot::kBytes));
  }
  const std::string_view message = std::string_view(text).substr(start);
  const std::uint64_t digest = digest_of(head.utc_microseconds, head.table, message);
  if (seal_of(entry.position, digest) == head.seal) return true;
  text.resize(start);
  return false;
}

bool EventRing::abandon(std::uint64_t position) noexcept {
  Slot& first = slot(position);
  std::uint64_t stamp = first.stamp.load(std::memory_order_acquire);
  while (stamp != position + 1) {
    if (first.stamp.compare_exchange_weak(stamp, stamp | Slot::kAbandoned)) return true;
  }
  return false;
}

}  // namespace dblog::queue
