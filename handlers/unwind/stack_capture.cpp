// Context: crash time, except warm_up_unwinder() (setup).
#include "handlers/unwind/stack_capture.hpp"

#include <unwind.h>

#include <csignal>

#include "handlers/unwind/code_position.hpp"
#include "handlers/unwind/guarded_walk.hpp"
#include "handlers/unwind/module_lookup.hpp"
#include "handlers/unwind/readable_stack.hpp"
#include "src/base/monotonic_clock.hpp"

namespace dblog::crash {
namespace {

// A deep recursion is unwound to its other end, but not for longer than this, of the processor.
constexpr std::int64_t kMaxUnwindNanoseconds = 50 * base::kNanosecondsPerMillisecond;
constexpr std::uint32_t kFramesBetweenClockLooks = 256;

// Where frames go: the first ones in order, then a ring of the last ones, put in order at the end.
struct Slots {
  Frame* frames;
  std::uint32_t first;
  std::uint32_t last;  // 0: what is beyond the first is not wanted
  std::uint32_t& count;
  std::uint32_t& left_out;

  static Slots of(CrashRecord& record) noexcept {
    return {record.frames, CrashRecord::kFirstFrames, CrashRecord::kLastFrames, record.frame_count,
            record.frames_left_out};
  }

  [[nodiscard]] bool wants_more() const noexcept { return last != 0 || count < first; }

  void store(const Frame& frame) noexcept {
    if (count < first + last) {
      frames[count] = frame;
      count = count + 1;
      return;
    }
    frames[first + left_out % last] = frame;
    left_out = left_out + 1;
  }

  void put_last_in_order() noexcept {
    const std::uint32_t oldest = last == 0 ? 0 : left_out % last;
    if (oldest == 0) return;
    reverse(0, oldest);
    reverse(oldest, last);
    reverse(0, last);
  }

  void reverse(std::uint32_t from, std::uint32_t to) noexcept {
    Frame* ring = frames + first;
    while (from + 1 < to) {
      const Frame kept = ring[from];
      ring[from++] = ring[--to];
      ring[to] = kept;
    }
  }
};

struct Walk {
  Slots slots;
  StackObserver observer;
  std::uint64_t start_address;   // frames before it are the handler's own
  bool is_first_return_address;  // the context was moved to a return address
  std::uint32_t depth;
  std::int64_t give_up_at;  // 0: not yet known. Asking takes a system call; few stacks are so deep
  bool has_started;
  ReadableStack stack{__builtin_frame_address(0)};

  bool is_too_long() noexcept {
    const std::int64_t now = base::nanoseconds_of(CLOCK_THREAD_CPUTIME_ID);
    if (give_up_at == 0) give_up_at = now + kMaxUnwindNanoseconds;
    return now > give_up_at;
  }
};

_Unwind_Reason_Code visit_frame(_Unwind_Context* context, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  int is_interrupted = 0;
  const std::uint64_t address = _Unwind_GetIPInfo(context, &is_interrupted);
  if (address == 0) return _URC_END_OF_STACK;
  // Of an interrupted frame it may be what the fault was about: the stack has overflowed.
  if (is_interrupted == 0 && !walk.stack.goes_on(context, address)) return _URC_END_OF_STACK;
  if (!walk.has_started) {
    if (address != walk.start_address) return _URC_NO_REASON;
    walk.has_started = true;
    if (walk.is_first_return_address) is_interrupted = 0;
  }
  if (walk.observer.leaves_out != nullptr &&
      walk.observer.leaves_out(walk.observer.context, {address, _Unwind_GetRegionStart(context),
                                                       _Unwind_GetCFA(context)})) {
    walk.slots.count = 0;
    walk.depth = 0;
    return _URC_NO_REASON;
  }
  Frame frame;
  frame.address = address;
  frame.depth = walk.depth++;
  frame.is_return_address = is_interrupted == 0;
  walk.slots.store(frame);
  if (!walk.slots.wants_more()) return _URC_END_OF_STACK;
  if (walk.depth % kFramesBetweenClockLooks == 0 && walk.is_too_long()) return _URC_END_OF_STACK;
  return _URC_NO_REASON;
}

void walk_stack(Walk& walk) noexcept {
  walk_guarded([&] { _Unwind_Backtrace(visit_frame, &walk); });
  walk.slots.put_last_in_order();
}

_Unwind_Reason_Code remember_caller(_Unwind_Context*, void*) {
  remember_unwinder(__builtin_return_address(0));
  return _URC_END_OF_STACK;
}

}  // namespace

void capture_interrupted_stack(CrashRecord& record, ucontext_t& interrupted) noexcept {
  const CodePosition fault = position_of(interrupted);
  // SIGFPE and SIGILL give the instruction's own address: nothing was jumped to.
  const bool is_memory_fault = record.signal == SIGSEGV || record.signal == SIGBUS;
  const bool is_bad_jump =
      is_memory_fault && record.has_fault_address && record.fault_address == fault.program_counter;
  if (!is_bad_jump) {
    Walk walk{Slots::of(record), {}, fault.program_counter, false, 0, 0, false};
    walk_stack(walk);
    if (walk.has_started) return;
  }
  // Nothing can be unwound from an address that is no code: it is the first frame by itself.
  Frame first;
  first.address = fault.program_counter;
  Slots::of(record).store(first);
  if (!is_bad_jump) return;
  const CodePosition caller = caller_of_jump(interrupted);
  set_position(interrupted, caller);
  Walk walk{Slots::of(record), {}, caller.program_counter, true, 1, 0, false};
  walk_stack(walk);
  set_position(interrupted, fault);
}

void capture_own_stack(CrashRecord& record, const void* start_address,
                       StackObserver observer) noexcept {
  Walk walk{Slots::of(record),
            observer,
            reinterpret_cast<std::uint64_t>(start_address),
            false,
            0,
            0,
            false};
  walk_stack(walk);
}

std::uint32_t capture_first_frames(const ucontext_t& interrupted, Frame* frames,
                                   std::uint32_t capacity) noexcept {
  std::uint32_t count = 0;
  std::uint32_t left_out = 0;
  const std::uint64_t start = program_counter_of(interrupted);
  Walk walk{Slots{frames, capacity, 0, count, left_out}, {}, start, false, 0, 0, false};
  walk_stack(walk);
  if (walk.has_started || capacity == 0) return count;
  frames[0] = Frame{};
  frames[0].address = start;
  return 1;
}

void warm_up_unwinder() noexcept {
  _Unwind_Backtrace(remember_caller, nullptr);
  Frame frame;
  std::uint32_t count = 0;
  std::uint32_t left_out = 0;
  // Starts nowhere: stores nothing.
  Walk walk{{&frame, 1, 0, count, left_out}, {}, 1, false, 0, 0, false};
  walk_stack(walk);
  Module module;
  ModuleRange range;
  describe_module(reinterpret_cast<std::uint64_t>(&warm_up_unwinder), module, range);
}

}  // namespace dblog::crash
