// Context: crash time, except for remember_unwinder() (setup).
#include "handlers/unwind/guarded_walk.hpp"

#include <dlfcn.h>

#include <atomic>

#include "handlers/unwind/code_position.hpp"
#include "src/base/memory_probe.hpp"

namespace dblog::crash {
namespace {

constexpr std::uint64_t kMagic = 0x77616C6B206D6172;
constexpr std::uintptr_t kUnwindersStack = 8 * 1'024;  // more than its frames take
constexpr std::uintptr_t kPageSize = 4'096;
constexpr std::uintptr_t kRedZone = 128;  // of x86-64: may be in use below the stack pointer

std::atomic<const void*> unwinders_file{nullptr};  // where it is mapped

const void* file_of(const void* code) noexcept {
  dl_find_object object;
  return _dl_find_object(const_cast<void*>(code), &object) == 0 ? object.dlfo_map_start : nullptr;
}

// As the unwinder reads the same places, unseen by sanitizers.
__attribute__((no_sanitize("address", "thread"))) WalkMark* find_mark(
    std::uintptr_t stack_pointer) noexcept {
  std::uintptr_t place = stack_pointer & ~(alignof(WalkMark) - 1);
  for (const std::uintptr_t end = place + kUnwindersStack; place < end;
       place += alignof(WalkMark)) {
    if (place % kPageSize == 0 && !base::is_readable(reinterpret_cast<const void*>(place))) break;
    auto* const mark = reinterpret_cast<WalkMark*>(place);
    if (mark->magic == kMagic && mark->self == mark) return mark;
  }
  return nullptr;
}

[[noreturn]] void leave_walk(WalkMark* mark) noexcept { siglongjmp(mark->way_out, 1); }

}  // namespace

void WalkMark::set() noexcept {
  magic = kMagic;
  self = this;
}

void remember_unwinder(const void* code) noexcept { unwinders_file.store(file_of(code)); }

bool leave_faulted_walk(ucontext_t& interrupted) noexcept {
  const CodePosition fault = position_of(interrupted);
  const void* const unwinder = unwinders_file.load(std::memory_order_relaxed);
  const auto* const code = reinterpret_cast<const void*>(fault.program_counter);
  if (unwinder == nullptr || file_of(code) != unwinder) return false;
  WalkMark* const mark = find_mark(fault.stack_pointer);
  if (mark == nullptr) return false;
  set_call(interrupted, reinterpret_cast<std::uintptr_t>(&leave_walk),
           reinterpret_cast<std::uintptr_t>(mark), fault.stack_pointer - kRedZone);
  return true;
}

}  // namespace dblog::crash
