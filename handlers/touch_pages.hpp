// Memory that a crash will need, made present beforehand: each first touch of a page costs the
// dying process some microseconds.
// Context: set-up.
#pragma once

#include <cstddef>

namespace dblog::crash {

/// Writes a zero into each page of memory whose bytes mean nothing yet.
inline void touch_pages(void* memory, std::size_t size) noexcept {
  constexpr std::size_t kSmallestPage = 4096;
  auto* bytes = static_cast<volatile unsigned char*>(memory);
  for (std::size_t i = 0; i < size; i += kSmallestPage) bytes[i] = 0;
}

}  // namespace dblog::crash
