// Where a stack ends: the unwinder does not ask, and follows a return address that no code calls
// from off the stack. Coroutines on hand-made stacks have one, and no unwind tables that say so:
// beyond it lies memory that cannot be read, at which a healthy program would die of its throw.
// Context: crash time. A system call for each page of stack beyond the caller's.
#pragma once

#include <unwind.h>

#include <cstdint>

#include "src/base/memory_probe.hpp"

namespace dblog::crash {

class ReadableStack {
 public:
  /// `here`: an address on the stack that is walked, whose page is known to be readable.
  explicit ReadableStack(const void* here) noexcept
      : known_page_(page_of(reinterpret_cast<std::uintptr_t>(here))) {}

  /// For a frame with a return address: whether its caller may be asked for. Where the stack cannot
  /// be read, the caller's part of it lies elsewhere, or there is none.
  bool goes_on(_Unwind_Context* context, std::uintptr_t return_address) noexcept {
    return holds(_Unwind_GetCFA(context)) || is_in_its_function(context, return_address);
  }

 private:
  // The smallest page of any Linux: larger ones are asked for more than once.
  static constexpr std::uintptr_t kPageSize = 4'096;
  static std::uintptr_t page_of(std::uintptr_t address) noexcept {
    return address & ~(kPageSize - 1);
  }

  bool holds(std::uintptr_t stack_pointer) noexcept {
    const std::uintptr_t page = page_of(stack_pointer);
    if (page == known_page_) return true;
    if (!is_readable(reinterpret_cast<const void*>(page))) return false;
    known_page_ = page;
    return true;
  }

  // A function that calls another one on a stack of its own (recording_stack) goes on behind the
  // call. The unwinder takes the function from the byte before the return address; one that no code
  // calls from is the first of another function.
  static bool is_in_its_function(_Unwind_Context* context, std::uintptr_t return_address) noexcept {
    return _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(return_address + 1)) ==
           reinterpret_cast<void*>(_Unwind_GetRegionStart(context));
  }

  std::uintptr_t known_page_;
};

}  // namespace dblog::crash
