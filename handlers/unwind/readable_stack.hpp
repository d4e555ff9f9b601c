// Where a stack ends: the unwinder does not ask, and follows a return address that nobody calls
// from off the stack. Coroutines on hand-made stacks have one, and no unwind tables that say so:
// beyond it lies memory that cannot be read, at which a healthy program would die of its throw.
// Context: crash time. A system call for each page of stack beyond the caller's.
#pragma once

#include <cstdint>

#include "src/base/memory_probe.hpp"

namespace dblog::crash {

class ReadableStack {
 public:
  /// `here`: an address on the stack that is walked, whose page is known to be readable.
  explicit ReadableStack(const void* here) noexcept
      : known_page_(page_of(reinterpret_cast<std::uintptr_t>(here))) {}

  /// Whether a frame can have called with this stack pointer: what it will return to lies above.
  bool holds(std::uintptr_t stack_pointer) noexcept {
    const std::uintptr_t page = page_of(stack_pointer);
    if (page == known_page_) return true;
    if (!is_readable(reinterpret_cast<const void*>(page))) return false;
    known_page_ = page;
    return true;
  }

 private:
  // The smallest page of any Linux: larger ones are asked for more than once.
  static constexpr std::uintptr_t kPageSize = 4'096;
  static std::uintptr_t page_of(std::uintptr_t address) noexcept {
    return address & ~(kPageSize - 1);
  }

  std::uintptr_t known_page_;
};

}  // namespace dblog::crash
