// The last breadcrumbs of a process: short texts that say what it was about. The ring lives in the
// black box, so that it outlives the process whatever ends it.
// Context: crash time. Lock-free; any number of threads and signal handlers may leave breadcrumbs
// while another reads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "handlers/record/crash_record.hpp"

namespace dblog::crash {

/// All zeros is an empty ring.
struct BreadcrumbRing {
  static constexpr std::uint64_t kSlots = CrashRecord::kMaxBreadcrumbs;
  static constexpr std::size_t kTextWords = Breadcrumb::kMaxText / sizeof(std::uint64_t);

  /// The thread that takes ticket t writes into slot t % kSlots. `stamp` is 2t+1 while it writes
  /// and 2t+2 when the slot is whole, so that a reader recognizes a slot that changed meanwhile.
  struct Slot {
    std::atomic<std::uint64_t> stamp;
    std::atomic<std::int64_t> utc_microseconds;
    std::atomic<std::uint64_t> thread_and_size;
    std::atomic<std::uint64_t> text[kTextWords];
  };

  std::atomic<std::uint64_t> next_ticket;
  Slot slots[kSlots];
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// Copies at most Breadcrumb::kMaxText bytes, cut at a character of UTF-8.
void add_breadcrumb(BreadcrumbRing& ring, std::string_view text) noexcept;

/// Fills `record.breadcrumbs`, oldest first, with texts made valid UTF-8. A ring that was read
/// from a file may hold anything.
void read_breadcrumbs(const BreadcrumbRing& ring, CrashRecord& record) noexcept;

/// Into the ring in use: the black box's; before there is one, and in a child after fork(), one
/// that is gone with the process unless it crashes.
void leave_breadcrumb(std::string_view text) noexcept;

/// Of the ring in use. What is left meanwhile is lost.
void read_breadcrumbs(CrashRecord& record) noexcept;

/// From now on breadcrumbs go to `ring`, those before it included. Context: setup.
void use_breadcrumb_ring(BreadcrumbRing& ring) noexcept;

/// From now on they go to the process's own memory: the black box is gone, or is the parent's.
void leave_breadcrumb_ring() noexcept;

}  // namespace dblog::crash
