// Context: handler only.
#include "handlers/chain_first.hpp"

#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "handlers/code_position.hpp"
#include "handlers/hand_on.hpp"
#include "handlers/registers.hpp"

namespace dblog::crash {
namespace {

// The last fault that each thread tried again, as a mark of its registers. Threads may share a
// place: then a fault is given to the previous handler once more, nothing worse.
constexpr std::size_t kPlaces = 256;
std::atomic<std::uint64_t> last_marks[kPlaces];

std::uint64_t mark_of(const siginfo_t& info, const ucontext_t& context, int thread_id) noexcept {
  constexpr std::uint64_t kPrime = 0x100000001B3U;  // FNV-1a
  std::uint64_t mark = 0xCBF29CE484222325U;
  const auto add = [&mark](std::uint64_t value) {
    mark = (mark ^ value) * kPrime;
    mark ^= mark >> 32U;
  };
  add(static_cast<std::uint64_t>(thread_id));
  add(reinterpret_cast<std::uintptr_t>(info.si_addr));
  for_each_register(context, add);
  return mark;
}

}  // namespace

bool previous_takes_care(int signal, siginfo_t* info, void* interrupted,
                         const struct sigaction& previous) {
  auto& context = *static_cast<ucontext_t*>(interrupted);
  const int thread_id = ::gettid();
  const std::uint64_t mark = mark_of(*info, context, thread_id);
  std::atomic<std::uint64_t>& last = last_marks[static_cast<unsigned>(thread_id) % kPlaces];
  if (last.exchange(mark, std::memory_order_relaxed) == mark) return false;
  const CodePosition before = position_of(context);
  if (!call_previous(signal, info, interrupted, previous)) return false;
  const CodePosition after = position_of(context);
  const bool has_moved = after.program_counter != before.program_counter ||
                         after.stack_pointer != before.stack_pointer;
  if (has_moved) last.store(0, std::memory_order_relaxed);
  return true;
}

}  // namespace dblog::crash
