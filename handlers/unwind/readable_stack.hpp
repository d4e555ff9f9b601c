// Where a stack ends: the unwinder does not ask, and follows a return address that no code calls
// from off the stack. Coroutines on hand-made stacks have one, and no unwind tables that say so:
// beyond it lies memory that cannot be read, at which a healthy program would die of its throw.
// Context: crash time. A system call for each page of stack beyond the caller's.
#pragma once

#include <unwind.h>

#include <cstddef>
#include <cstdint>

#include "src/base/memory_probe.hpp"

namespace dblog::crash {

class ReadableStack {
 public:
  /// `here`: an address on the stack that is walked, whose page is known to be readable.
  explicit ReadableStack(const void* here) noexcept
      : known_page_(page_of(reinterpret_cast<std::uintptr_t>(here))) {}

  /// For a frame with a return address: whether its caller may be asked for. Where the stack cannot
  /// be read, the caller's part of it lies elsewhere, or there is none; where no call stands before
  /// the address, the unwind tables that the unwinder takes may be another function's.
  bool goes_on(_Unwind_Context* context, std::uintptr_t return_address) noexcept {
    return (holds(_Unwind_GetCFA(context)) &&
            follows_call(_Unwind_GetRegionStart(context), return_address)) ||
           is_in_its_function(context, return_address) || is_signal_return(return_address);
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
    if (!base::is_readable(reinterpret_cast<const void*>(page))) return false;
    known_page_ = page;
    return true;
  }

  // Whether the code before `return_address`, from `function` on, which holds it, ends with a call.
  static bool follows_call(std::uintptr_t function, std::uintptr_t return_address) noexcept {
#if defined(__x86_64__)
    if (function == 0) return true;          // no tables, no caller
    constexpr std::size_t kLongestCall = 7;  // FF /2 with SIB and 4 bytes, without a prefix
    const auto* const end = reinterpret_cast<const std::uint8_t*>(return_address);
    const std::size_t held = return_address - function;
    const std::size_t size = held < kLongestCall ? held : kLongestCall;
    if (size >= 5 && end[-5] == 0xE8) return true;
    for (std::size_t length = 2; length <= size; ++length) {
      const std::uint8_t* const code = end - length;
      if (code[0] == 0xFF && (code[1] & 0x38) == 0x10) return true;
    }
    return false;
#else  // where it was not tried, the tables are believed
    return function <= return_address;
#endif
  }

  // A function that calls another one on a stack of its own (recording_stack) goes on behind the
  // call. The unwinder takes the function from the byte before the return address; one that no code
  // calls from is the first of another function.
  static bool is_in_its_function(_Unwind_Context* context, std::uintptr_t return_address) noexcept {
    return _Unwind_FindEnclosingFunction(reinterpret_cast<void*>(return_address + 1)) ==
           reinterpret_cast<void*>(_Unwind_GetRegionStart(context));
  }

  // Where a handler returns to on AArch64: the kernel has no tables for it (since Linux 5.8), and
  // the unwinder knows it by its code, `mov x8, #139; svc #0`.
  static bool is_signal_return([[maybe_unused]] std::uintptr_t return_address) noexcept {
#if defined(__aarch64__)
    const auto* const code = reinterpret_cast<const std::uint32_t*>(return_address);
    return return_address % sizeof *code == 0 && base::is_readable(code) && code[0] == 0xD2801168 &&
           code[1] == 0xD4000001;
#else
    return false;
#endif
  }

  std::uintptr_t known_page_;
};

}  // namespace dblog::crash
