// Context: handler only.
#include "handlers/signals/chain_first.hpp"

#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "handlers/signals/chain_to_previous.hpp"
#include "handlers/signals/crash_action.hpp"
#include "handlers/signals/same_crash.hpp"
#include "handlers/signals/signal_action.hpp"
#include "handlers/unwind/code_position.hpp"
#include "src/base/monotonic_clock.hpp"

namespace dblog::crash {
namespace {

// A handler that repairs nothing and returns meets the same fault at once. One that repairs may
// meet it again, with the same registers, when the program takes the repair back (a garbage
// collector protects a page once more): that is rarely so quick, and never so often.
constexpr std::int64_t kAtOnce = base::kNanosecondsPerMillisecond;
constexpr std::uint32_t kOftenEnough = 10'000;

// What each thread is at. Threads may share a place: then a fault counts from the start once more,
// or a handler's abort() is recorded as such, nothing worse.
struct Place {
  std::atomic<int> thread_id{0};
  std::atomic<const ChainedFault*> fault{nullptr};  // on the stack of that thread's handler
  std::atomic<std::uint64_t> last_mark{0};          // of the registers
  std::atomic<std::int64_t> last_return{0};
  std::atomic<std::uint32_t> repeats{0};
};
constexpr std::size_t kPlaces = 256;
Place places[kPlaces];

Place& place_of(int thread_id) noexcept {
  return places[static_cast<unsigned>(thread_id) % kPlaces];
}

bool comes_again_and_again(Place& place, std::uint64_t mark) noexcept {
  if (place.last_mark.exchange(mark, std::memory_order_relaxed) != mark) {
    place.repeats.store(0, std::memory_order_relaxed);
    return false;
  }
  const std::int64_t last = place.last_return.load(std::memory_order_relaxed);
  if (base::monotonic_nanoseconds() - last > kAtOnce) return false;
  return place.repeats.fetch_add(1, std::memory_order_relaxed) + 1 >= kOftenEnough;
}

// Its destructor runs where a handler ends the thread, too; one that jumps away leaves the entry to
// the next fault of the thread.
class Announcement {
 public:
  Announcement(Place& place, ChainedFault& fault) noexcept : place_(place), fault_(fault) {
    const int thread_id = ::gettid();
    const bool is_same_thread =
        place_.thread_id.exchange(thread_id, std::memory_order_relaxed) == thread_id;
    outer_ = place_.fault.exchange(&fault, std::memory_order_release);
    // One that lies below is of a handler that jumped away.
    if (!is_same_thread || outer_ < &fault) outer_ = nullptr;
  }
  ~Announcement() {
    fault_.self = nullptr;
    place_.fault.store(outer_, std::memory_order_release);
  }
  Announcement(const Announcement&) = delete;
  Announcement& operator=(const Announcement&) = delete;

 private:
  Place& place_;
  ChainedFault& fault_;
  const ChainedFault* outer_ = nullptr;
};

// Handlers run below it, on the same stack: after a jump away, the thread's own stack may be near.
bool is_below(std::uintptr_t stack_pointer, std::uintptr_t place) noexcept {
  constexpr std::uintptr_t kHandlersStack = 8 * 1024 * 1024;
  stack_t alternate{};
  if (::sigaltstack(nullptr, &alternate) != 0) return false;
  const auto begin = reinterpret_cast<std::uintptr_t>(alternate.ss_sp);
  const bool is_there = (alternate.ss_flags & SS_DISABLE) == 0;
  const auto is_on_alternate = [&](std::uintptr_t address) {
    return is_there && address - begin < alternate.ss_size;
  };
  return is_on_alternate(stack_pointer) == is_on_alternate(place) && stack_pointer < place &&
         place - stack_pointer < kHandlersStack;
}

}  // namespace

bool previous_takes_care(int signal, siginfo_t* info, void* interrupted,
                         const struct sigaction& previous) {
  auto& context = *static_cast<ucontext_t*>(interrupted);
  const int thread_id = ::gettid();
  Place& place = place_of(thread_id);
  const std::uint64_t mark = mark_of(*info, context) ^ static_cast<std::uint64_t>(thread_id);
  const bool is_fault = info->si_code > 0;
  if (is_fault && comes_again_and_again(place, mark)) return false;
  const CodePosition before = position_of(context);
  struct sigaction ours {};
  set_action(signal, nullptr, &ours);
  {
    ChainedFault fault{signal, info, interrupted, (previous.sa_flags & SA_NODEFER) != 0, &fault};
    const Announcement announcement{place, fault};
    // Its own signal is not blocked: the kernel would kill at once for a fault of the handler's.
    struct sigaction asked = previous;
    asked.sa_flags |= SA_NODEFER;
    sigdelset(&asked.sa_mask, signal);
    call_previous(signal, info, interrupted, asked);
  }
  const CodePosition after = position_of(context);
  if (after.program_counter != before.program_counter ||
      after.stack_pointer != before.stack_pointer) {
    place.last_mark.store(0, std::memory_order_relaxed);
    return true;
  }
  if (!is_fault) return true;
  place.last_return.store(base::monotonic_nanoseconds(), std::memory_order_relaxed);
  struct sigaction present {};
  const bool is_known = set_action(signal, nullptr, &present) == 0;
  if (is_same_handler(present, crash_action_by_default())) return false;
  return !is_known || is_same_handler(present, ours) || is_function(present);
}

const ChainedFault* chained_fault(std::uintptr_t stack_pointer) noexcept {
  const int thread_id = ::gettid();
  const Place& place = place_of(thread_id);
  const ChainedFault* fault = place.fault.load(std::memory_order_acquire);
  if (fault == nullptr || place.thread_id.load(std::memory_order_relaxed) != thread_id ||
      !is_below(stack_pointer, reinterpret_cast<std::uintptr_t>(fault))) {
    return nullptr;
  }
  return fault->self == fault ? fault : nullptr;
}

bool is_to_wait(const ChainedFault& fault, const siginfo_t& info, bool is_aborting) noexcept {
  return info.si_signo == fault.signal && info.si_code <= 0 && !fault.may_nest && !is_aborting;
}

}  // namespace dblog::crash
