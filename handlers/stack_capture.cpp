// Context: crash time, but for warm_up_unwinder() (set-up).
#include "handlers/stack_capture.hpp"

#include <unwind.h>

#include <csignal>

#include "handlers/code_position.hpp"
#include "handlers/module_lookup.hpp"
#include "handlers/monotonic_clock.hpp"

namespace dblog::crash {
namespace {

// A deep recursion is unwound to its other end, but not for longer than this.
constexpr std::int64_t kMaxUnwindNanoseconds = 50 * kNanosecondsPerMillisecond;
constexpr std::uint32_t kFramesBetweenClockLooks = 256;

struct Walk {
  CrashRecord& record;
  StackObserver observer;
  std::uint64_t start_address;   // frames before it are the handler's own
  bool is_first_return_address;  // the context was moved to a return address
  std::uint32_t depth;
  std::int64_t give_up_at;
  bool has_started;
};

// The first frames in order, then a ring of the last ones, put in order at the end.
void store_frame(CrashRecord& record, const Frame& frame) noexcept {
  if (record.frame_count < CrashRecord::kMaxFrames) {
    record.frames[record.frame_count] = frame;
    record.frame_count = record.frame_count + 1;
    return;
  }
  const std::uint32_t slot = record.frames_left_out % CrashRecord::kLastFrames;
  record.frames[CrashRecord::kFirstFrames + slot] = frame;
  record.frames_left_out = record.frames_left_out + 1;
}

void put_last_frames_in_order(CrashRecord& record) noexcept {
  const std::uint32_t first = record.frames_left_out % CrashRecord::kLastFrames;
  if (first == 0) return;
  Frame* last = record.frames + CrashRecord::kFirstFrames;
  const auto reverse = [last](std::uint32_t from, std::uint32_t to) {
    while (from + 1 < to) {
      const Frame kept = last[from];
      last[from++] = last[--to];
      last[to] = kept;
    }
  };
  reverse(0, first);
  reverse(first, CrashRecord::kLastFrames);
  reverse(0, CrashRecord::kLastFrames);
}

_Unwind_Reason_Code visit_frame(_Unwind_Context* context, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  int is_interrupted = 0;
  const std::uint64_t address = _Unwind_GetIPInfo(context, &is_interrupted);
  if (address == 0) return _URC_END_OF_STACK;
  if (!walk.has_started) {
    if (address != walk.start_address) return _URC_NO_REASON;
    walk.has_started = true;
    if (walk.is_first_return_address) is_interrupted = 0;
  }
  if (walk.observer.leaves_out != nullptr &&
      walk.observer.leaves_out(walk.observer.context, _Unwind_GetRegionStart(context))) {
    walk.record.frame_count = 0;
    walk.depth = 0;
    return _URC_NO_REASON;
  }
  Frame frame;
  frame.address = address;
  frame.depth = walk.depth++;
  frame.is_return_address = is_interrupted == 0;
  store_frame(walk.record, frame);
  if (walk.depth % kFramesBetweenClockLooks == 0 && monotonic_nanoseconds() > walk.give_up_at) {
    return _URC_END_OF_STACK;
  }
  return _URC_NO_REASON;
}

void walk_stack(Walk& walk) noexcept {
  walk.give_up_at = monotonic_nanoseconds() + kMaxUnwindNanoseconds;
  _Unwind_Backtrace(visit_frame, &walk);
  put_last_frames_in_order(walk.record);
}

}  // namespace

void capture_interrupted_stack(CrashRecord& record, ucontext_t& interrupted) noexcept {
  const CodePosition fault = position_of(interrupted);
  // SIGFPE and SIGILL give the instruction's own address: nothing was jumped to.
  const bool is_memory_fault = record.signal == SIGSEGV || record.signal == SIGBUS;
  const bool is_bad_jump =
      is_memory_fault && record.has_fault_address && record.fault_address == fault.program_counter;
  if (!is_bad_jump) {
    Walk walk{record, {}, fault.program_counter, false, 0, 0, false};
    walk_stack(walk);
    if (walk.has_started) return;
  }
  // Nothing can be unwound from an address that is no code: it is the first frame by itself.
  Frame first;
  first.address = fault.program_counter;
  store_frame(record, first);
  if (!is_bad_jump) return;
  const CodePosition caller = caller_of_jump(interrupted);
  set_position(interrupted, caller);
  Walk walk{record, {}, caller.program_counter, true, 1, 0, false};
  walk_stack(walk);
  set_position(interrupted, fault);
}

void capture_own_stack(CrashRecord& record, const void* start_address,
                       StackObserver observer) noexcept {
  Walk walk{record, observer, reinterpret_cast<std::uint64_t>(start_address), false, 0, 0, false};
  walk_stack(walk);
}

void warm_up_unwinder() noexcept {
  static CrashRecord scratch;
  Walk walk{scratch, {}, 1, false, 0, 0, false};  // starts nowhere: stores nothing
  walk_stack(walk);
  find_module(scratch, reinterpret_cast<std::uint64_t>(&warm_up_unwinder));
}

}  // namespace dblog::crash
