// Context: crash time.
#include "handlers/record/breadcrumb_ring.hpp"

#include <time.h>
#include <unistd.h>

#include <cstring>

#include "src/base/monotonic_clock.hpp"
#include "src/base/text_buffer.hpp"
#include "src/base/utf8.hpp"

namespace dblog::crash {
namespace {

BreadcrumbRing own_memory;
BreadcrumbRing not_read;  // takes what is left while another ring is read
std::atomic<BreadcrumbRing*> ring_in_use{&own_memory};

// gettid() is a system call each time; the variable is in the block that every thread starts with.
[[gnu::tls_model("initial-exec")]] thread_local int this_thread = 0;

int thread_id() noexcept {
  if (this_thread == 0) this_thread = ::gettid();
  return this_thread;
}

constexpr std::uint64_t kStillWritten = 1;

// Free for `ticket`: whole, or never used. One that another thread is still writing is passed over,
// so that two never mix in one slot.
BreadcrumbRing::Slot* claim(BreadcrumbRing& ring, std::uint64_t& ticket) noexcept {
  constexpr int kTries = 8;
  for (int i = 0; i < kTries; ++i) {
    ticket = ring.next_ticket.fetch_add(1, std::memory_order_relaxed);
    BreadcrumbRing::Slot& slot = ring.slots[ticket % BreadcrumbRing::kSlots];
    std::uint64_t stamp = slot.stamp.load(std::memory_order_relaxed);
    const bool is_free = (stamp & kStillWritten) == 0 && stamp <= 2 * ticket;
    if (is_free &&
        slot.stamp.compare_exchange_strong(stamp, 2 * ticket + kStillWritten,
                                           std::memory_order_acquire, std::memory_order_relaxed)) {
      return &slot;
    }
  }
  return nullptr;
}

bool read_slot(const BreadcrumbRing::Slot& slot, std::uint64_t ticket, Breadcrumb& out) noexcept {
  const std::uint64_t whole = 2 * ticket + 2;
  if (slot.stamp.load(std::memory_order_acquire) != whole) return false;
  char text[Breadcrumb::kMaxText];
  for (std::size_t i = 0; i < BreadcrumbRing::kTextWords; ++i) {
    const std::uint64_t word = slot.text[i].load(std::memory_order_relaxed);
    std::memcpy(text + i * sizeof word, &word, sizeof word);
  }
  const std::uint64_t thread_and_size = slot.thread_and_size.load(std::memory_order_relaxed);
  out.utc_microseconds = slot.utc_microseconds.load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  if (slot.stamp.load(std::memory_order_relaxed) != whole) return false;
  std::size_t size = static_cast<std::uint32_t>(thread_and_size);
  if (size > sizeof text) size = sizeof text;
  out.number = ticket + 1;
  out.thread_id = static_cast<std::int32_t>(thread_and_size >> 32U);
  base::TextBuffer{out.text}.untrusted({text, size});
  return true;
}

}  // namespace

void add_breadcrumb(BreadcrumbRing& ring, std::string_view text) noexcept {
  text = base::whole_characters(text, Breadcrumb::kMaxText);
  std::uint64_t ticket;
  BreadcrumbRing::Slot* slot = claim(ring, ticket);
  if (slot == nullptr) return;  // in a signal handler that interrupted as many others
  slot->utc_microseconds.store(base::nanoseconds_of(CLOCK_REALTIME) / 1'000,
                               std::memory_order_relaxed);
  slot->thread_and_size.store(
      std::uint64_t{static_cast<std::uint32_t>(thread_id())} << 32U | text.size(),
      std::memory_order_relaxed);
  for (std::size_t i = 0; i * sizeof(std::uint64_t) < text.size(); ++i) {
    const std::size_t at = i * sizeof(std::uint64_t);
    const std::size_t rest = text.size() - at;
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, rest < sizeof word ? rest : sizeof word);
    slot->text[i].store(word, std::memory_order_relaxed);
  }
  slot->stamp.store(2 * ticket + 2, std::memory_order_release);
}

void read_breadcrumbs(const BreadcrumbRing& ring, CrashRecord& record) noexcept {
  record.breadcrumb_count = 0;
  const std::uint64_t end = ring.next_ticket.load(std::memory_order_acquire);
  std::uint64_t ticket = end > BreadcrumbRing::kSlots ? end - BreadcrumbRing::kSlots : 0;
  for (; ticket < end; ++ticket) {
    Breadcrumb& out = record.breadcrumbs[record.breadcrumb_count];
    if (read_slot(ring.slots[ticket % BreadcrumbRing::kSlots], ticket, out)) {
      record.breadcrumb_count = record.breadcrumb_count + 1;
    }
  }
}

void leave_breadcrumb(std::string_view text) noexcept {
  add_breadcrumb(*ring_in_use.load(std::memory_order_acquire), text);
}

// Threads that go on would otherwise go round the ring faster than it can be read.
void read_breadcrumbs(CrashRecord& record) noexcept {
  BreadcrumbRing* ring = ring_in_use.exchange(&not_read, std::memory_order_acq_rel);
  read_breadcrumbs(*ring, record);
  ring_in_use.store(ring, std::memory_order_release);
}

void use_breadcrumb_ring(BreadcrumbRing& ring) noexcept {
  const std::uint64_t tickets = own_memory.next_ticket.load(std::memory_order_acquire);
  for (std::uint64_t i = 0; i < BreadcrumbRing::kSlots; ++i) {
    const BreadcrumbRing::Slot& from = own_memory.slots[i];
    BreadcrumbRing::Slot& to = ring.slots[i];
    const std::uint64_t stamp = from.stamp.load(std::memory_order_acquire);
    if ((stamp & kStillWritten) != 0) continue;
    to.utc_microseconds.store(from.utc_microseconds.load(std::memory_order_relaxed));
    to.thread_and_size.store(from.thread_and_size.load(std::memory_order_relaxed));
    for (std::size_t word = 0; word < BreadcrumbRing::kTextWords; ++word) {
      to.text[word].store(from.text[word].load(std::memory_order_relaxed));
    }
    to.stamp.store(stamp, std::memory_order_relaxed);
  }
  ring.next_ticket.store(tickets, std::memory_order_release);
  ring_in_use.store(&ring, std::memory_order_release);
}

void leave_breadcrumb_ring() noexcept {
  this_thread = 0;  // after fork() it has another id
  ring_in_use.store(&own_memory, std::memory_order_release);
}

}  // namespace dblog::crash
