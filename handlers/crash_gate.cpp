// Context: handler only.
#include "handlers/crash_gate.hpp"

#include "handlers/monotonic_clock.hpp"

namespace dblog::crash {

CrashGate::Entry CrashGate::enter(int thread) noexcept {
  constexpr int kLooks = 3'000;  // a millisecond each
  for (int look = 0; look < kLooks; ++look) {
    int owner = kNobody;
    if (owner_.compare_exchange_strong(owner, thread, std::memory_order_acq_rel)) {
      return Entry::won;
    }
    if (owner == thread) {
      return is_in_step_.load(std::memory_order_relaxed) ? Entry::in_step : Entry::recorded;
    }
    pause_for_a_millisecond();
  }
  return Entry::timed_out;
}

}  // namespace dblog::crash
