// The ring of slots in a queue file, as the process that owns it uses it: any number of producers,
// without locks and without a system call, and one consumer at a time.
// Used by EventQueue. The memory belongs to the caller and must outlive the ring.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/queue/queue_layout.hpp"

namespace dblog::queue {

class EventRing {
 public:
  enum class Outcome { pushed, full, too_long, closed };

  /// Where an event lies.
  struct Entry {
    std::uint64_t position = 0;
    std::uint64_t end = 0;  ///< position of what follows
    EntryHead head{};
  };

  /// `slot_count` slots, a power of two, all zeros.
  EventRing(Slot* slots, std::uint64_t slot_count) noexcept
      : slots_(slots), slot_count_(slot_count) {}
  EventRing(const EventRing&) = delete;
  EventRing& operator=(const EventRing&) = delete;

  /// Any thread. When it returns `pushed`, the event is whole in the file's pages.
  Outcome push(std::uint16_t table, std::int64_t utc_microseconds,
               std::string_view message) noexcept;

  /// All events that were pushed lie before it.
  [[nodiscard]] std::uint64_t claimed() const noexcept {
    return claimed_.load(std::memory_order_seq_cst) & ~kClosed;
  }
  /// All events before it are done with.
  [[nodiscard]] std::uint64_t consumed() const noexcept {
    return consumed_.load(std::memory_order_acquire);
  }

  /// From here on every push() is answered `closed`. Those under way may still succeed.
  void close() noexcept { claimed_.fetch_or(kClosed); }
  [[nodiscard]] bool is_closed() const noexcept {
    return (claimed_.load(std::memory_order_relaxed) & kClosed) != 0;
  }

  /// The consumer's: the event at a position from consumed() on; nothing if it is not whole yet.
  [[nodiscard]] std::optional<Entry> read(std::uint64_t position) const noexcept;

  /// The consumer's: appends the message of an entry to `text`. False if it is not what was pushed:
  /// another program has written to the file, or truncated it.
  [[nodiscard]] bool append_message(const Entry& entry, std::string& text) const;

  /// The consumer's: gives the slots before `position` back to producers.
  void consume(std::uint64_t position) noexcept {
    consumed_.store(position, std::memory_order_release);
  }

  /// The consumer's, in a closed ring: a producer that is still writing at `position` gets
  /// `closed`. False if the event is whole after all.
  bool abandon(std::uint64_t position) noexcept;

 private:
  static constexpr std::uint64_t kClosed = std::uint64_t{1} << 63U;

  [[nodiscard]] Slot& slot(std::uint64_t position) const noexcept {
    return slots_[position & (slot_count_ - 1)];
  }
  void write_further_parts(std::uint64_t position, std::string_view rest) noexcept;

  Slot* const slots_;
  const std::uint64_t slot_count_;
  alignas(64) std::atomic<std::uint64_t> claimed_{0};
  alignas(64) std::atomic<std::uint64_t> consumed_{0};
};

}  // namespace dblog::queue
