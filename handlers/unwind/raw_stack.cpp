// Context: crash time.
#include "handlers/unwind/raw_stack.hpp"

namespace dblog::crash {

void capture_raw_stack(RawStack& stack, const void* start_address) noexcept {
  stack.frame_count = 0;
  walk_raw_stack(start_address, [&stack](RawFrame frame, std::uintptr_t) {
    stack.frames[stack.frame_count++] = frame;
    return stack.frame_count < RawStack::kMaxFrames;
  });
}

}  // namespace dblog::crash
