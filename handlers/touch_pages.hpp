// Memory that a crash will need, made present beforehand: each first touch of a page costs the
// dying process some microseconds.
// Context: crash time (a child after fork() makes its black box there), else set-up.
#pragma once

#include <cstddef>

namespace dblog::crash {

/// Writes a zero into each page that memory lies in whose bytes mean nothing yet; `size` > 0.
inline void touch_pages(void* memory, std::size_t size) noexcept {
  constexpr std::size_t kSmallestPage = 4096;
  auto* bytes = static_cast<volatile unsigned char*>(memory);
  for (std::size_t i = 0; i < size; i += kSmallestPage) bytes[i] = 0;
  bytes[size - 1] = 0;  // in a page of its own, where the memory begins in the middle of one
}

}  // namespace dblog::crash
