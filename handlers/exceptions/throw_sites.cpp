// Context: crash time, except start_watching_throws() and stop_watching_throws() (setup).
#include "handlers/exceptions/throw_sites.hpp"

#include <pthread.h>

#include <atomic>

#include "handlers/exceptions/exception_in_flight.hpp"

namespace dblog::crash {
namespace {

// An entry is found by its exception's address: the address names the set, and lies in one of the
// set's ways. A writer owns a way by making its state odd; no thread ever waits for a way:
// writers take another, and readers do not find what is being written. A thread that is
// gone with its process in the middle of writing (fork) leaves one way unusable, no more.
constexpr std::size_t kSets = 64;
constexpr std::size_t kWays = 8;

struct ThrowSite {
  std::atomic<std::uint32_t> frame_count;
  std::atomic<std::uint64_t> frames[RawStack::kMaxFrames];
  // For repeats(): used by the way's owner only, who is seen by the next one through the state.
  bool can_repeat;
  pthread_t thread;
  std::uintptr_t base;                         // the frame address given to remember_throw()
  std::uint32_t places[RawStack::kMaxFrames];  // of the frames' return addresses, from the base
};

struct Way {
  std::atomic<std::uint64_t> state;  // the entry's number, times 2; odd: being written
  std::atomic<const void*> exception;
};

struct Set {
  Way ways[kWays];  // side by side: looked through at every throw
  ThrowSite sites[kWays];
};

constinit Set sets[kSets]{};
std::atomic<std::uint64_t> last_number{0};
std::atomic<std::uint64_t> first_valid_number{0};
std::atomic<bool> is_watching{false};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<const void*>::is_always_lock_free);

constexpr std::uint64_t kWriting = 1;

Set& set_of(const void* exception) noexcept {
  // Fibonacci hashing: objects are aligned and lie close together.
  const auto address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(exception));
  return sets[(address >> 4) * 0x9E3779B97F4A7C15U >> 58];
}
static_assert(kSets == 1U << (64 - 58));

bool take(Way& way, std::uint64_t number) noexcept {
  std::uint64_t state = way.state.load(std::memory_order_relaxed);
  return (state & kWriting) == 0 &&
         way.state.compare_exchange_strong(state, number << 1 | kWriting, std::memory_order_acquire,
                                           std::memory_order_relaxed);
}

// The way that holds the exception's predecessor at this address, else the oldest that is free.
// kWays if the whole set is being written.
std::size_t take_way(Set& set, const void* exception, std::uint64_t number) noexcept {
  for (std::size_t i = 0; i < kWays; ++i) {
    if (set.ways[i].exception.load(std::memory_order_relaxed) == exception &&
        take(set.ways[i], number)) {
      return i;
    }
  }
  for (std::size_t tries = 0; tries < kWays; ++tries) {
    std::size_t oldest = kWays;
    std::uint64_t oldest_state = ~std::uint64_t{0};
    for (std::size_t i = 0; i < kWays; ++i) {
      const std::uint64_t state = set.ways[i].state.load(std::memory_order_relaxed);
      if ((state & kWriting) != 0 || state >= oldest_state) continue;
      oldest = i;
      oldest_state = state;
    }
    if (oldest == kWays) return kWays;
    if (take(set.ways[oldest], number)) return oldest;
  }
  return kWays;
}

// On x86-64 a return address lies right below the stack pointer that its frame had before the call.
std::uintptr_t place_of_return_address(std::uintptr_t stack_pointer) noexcept {
  return stack_pointer - sizeof(std::uintptr_t);
}

// As the unwinder reads the same places, unseen by sanitizers.
__attribute__((no_sanitize("address", "thread"))) std::uint64_t word_at(
    std::uintptr_t place) noexcept {
  return *reinterpret_cast<const volatile std::uintptr_t*>(place);
}

// Whether the site's stack is the present one: the same thread's, from the same place in it, with
// the same return addresses in the same places. Going from the inside out, each that fits shows
// that the next place is still part of the stack.
bool repeats(const ThrowSite& site, const void* start_address, std::uintptr_t base) noexcept {
  if (!site.can_repeat || site.base != base || site.thread != ::pthread_self()) return false;
  const std::uint32_t count = site.frame_count.load(std::memory_order_relaxed);
  if (site.frames[0].load(std::memory_order_relaxed) !=
      static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(start_address))) {
    return false;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (word_at(base + site.places[i]) != site.frames[i].load(std::memory_order_relaxed)) {
      return false;
    }
  }
  return true;
}

void fill(ThrowSite& site, const void* start_address, std::uintptr_t base) noexcept {
  std::uint32_t count = 0;
  bool can_repeat = true;
  walk_raw_stack(start_address, [&](RawFrame frame, std::uintptr_t stack_pointer) {
    site.frames[count].store(frame.bits(), std::memory_order_release);
    const std::uintptr_t place = place_of_return_address(stack_pointer) - base;
    site.places[count] = static_cast<std::uint32_t>(place);
    can_repeat = can_repeat && frame.is_return_address() && place <= UINT32_MAX &&
                 word_at(base + place) == frame.address();
    return ++count < RawStack::kMaxFrames;
  });
  site.frame_count.store(count, std::memory_order_release);
  site.can_repeat = can_repeat && count > 0;
  site.thread = ::pthread_self();
  site.base = base;
}

bool read(const Way& way, const ThrowSite& site, const void* exception, RawStack& out) noexcept {
  const std::uint64_t state = way.state.load(std::memory_order_acquire);
  if ((state & kWriting) != 0 || state >> 1 < first_valid_number.load(std::memory_order_relaxed) ||
      way.exception.load(std::memory_order_acquire) != exception) {
    return false;
  }
  const std::uint32_t count = site.frame_count.load(std::memory_order_acquire);
  for (; out.frame_count < count; ++out.frame_count) {
    const std::uint32_t i = out.frame_count;
    out.frames[i] = RawFrame{site.frames[i].load(std::memory_order_acquire)};
  }
  return way.state.load(std::memory_order_relaxed) == state && out.frame_count > 0;
}

bool begins_with(const CrashRecord& record, const RawStack& site) noexcept {
  constexpr std::uint32_t kEnough = 8;
  for (std::uint32_t i = 0; i < kEnough && i < site.frame_count; ++i) {
    if (i >= record.frame_count || record.frames[i].address != site.frames[i].address()) {
      return false;
    }
  }
  return true;
}

const void* function_of(std::uint64_t return_address) noexcept {
  return ::_Unwind_FindEnclosingFunction(reinterpret_cast<void*>(return_address));
}

// The noexcept function is in both stacks, with the same callers; in the record it may be at
// another call by now. Where that does not tell its frame in the other one for sure, it is not
// known.
void find_noexcept_frame(CrashRecord& record, const RawStack& site) noexcept {
  const std::uint32_t callers = record.frame_count - record.noexcept_depth - 1;
  const Frame* const caller = &record.frames[record.noexcept_depth] + 1;
  const void* const function = function_of(record.frames[record.noexcept_depth].address);
  const bool is_whole = site.frame_count < RawStack::kMaxFrames;
  std::uint32_t found = 0, depth = 0;
  for (std::uint32_t i = 0; i + 1 < site.frame_count; ++i) {
    const std::uint32_t above = site.frame_count - i - 1;
    if (is_whole ? above != callers : above > callers) continue;
    bool is_same = function_of(site.frames[i].address()) == function;
    for (std::uint32_t j = 0; j < above && is_same; ++j) {
      is_same = caller[j].address == site.frames[i + 1 + j].address();
    }
    if (!is_same) continue;
    ++found;
    depth = i;
  }
  record.has_noexcept_frame = found == 1 && function != nullptr;
  record.noexcept_depth = depth;
}

}  // namespace

void start_watching_throws() noexcept {
  first_valid_number.store(last_number.load() + 1);
  is_watching.store(true, std::memory_order_release);
}

void stop_watching_throws() noexcept { is_watching.store(false); }

void remember_throw(const void* exception, const void* start_address, const void* frame) noexcept {
  if (!is_watching.load(std::memory_order_relaxed)) return;
  const std::uint64_t number = last_number.fetch_add(1, std::memory_order_relaxed) + 1;
  Set& set = set_of(exception);
  const std::size_t index = take_way(set, exception, number);
  if (index == kWays) return;
  Way& way = set.ways[index];
  ThrowSite& site = set.sites[index];
  const auto base = reinterpret_cast<std::uintptr_t>(frame);
  const bool is_same_exception = way.exception.load(std::memory_order_relaxed) == exception;
  way.exception.store(exception, std::memory_order_release);
  if (!is_same_exception || !repeats(site, start_address, base)) fill(site, start_address, base);
  way.state.store(number << 1, std::memory_order_release);
}

bool find_throw_site(const void* exception, RawStack& site) noexcept {
  site.frame_count = 0;
  if (exception == nullptr || !is_watching.load(std::memory_order_acquire)) return false;
  const Set& set = set_of(exception);
  for (std::size_t i = 0; i < kWays; ++i) {
    site.frame_count = 0;
    if (read(set.ways[i], set.sites[i], exception, site)) return true;
  }
  site.frame_count = 0;
  return false;
}

void use_throw_site(CrashRecord& record) noexcept {
  RawStack site;
  if (!find_throw_site(exception_in_flight(), site) || begins_with(record, site)) return;
  if (record.has_noexcept_frame) find_noexcept_frame(record, site);
  record.frame_count = 0;
  record.frames_left_out = 0;
  for (std::uint32_t i = 0; i < site.frame_count; ++i) {
    Frame frame;
    frame.address = site.frames[i].address();
    frame.depth = i;
    frame.is_return_address = site.frames[i].is_return_address();
    record.frames[i] = frame;
    record.frame_count = i + 1;
  }
}

}  // namespace dblog::crash
