// Text whose memory is overwritten before it is given back: a core dump, and whatever gets that
// memory next, must not find secrets in it. What a .env file says is kept so until it is known
// which of it is a secret.
#pragma once

#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dblog::config {

template <typename Value>
struct WipingAllocator {
  using value_type = Value;

  WipingAllocator() = default;
  template <typename Other>
  WipingAllocator(const WipingAllocator<Other>&) noexcept {}

  Value* allocate(std::size_t count) { return std::allocator<Value>{}.allocate(count); }
  void deallocate(Value* memory, std::size_t count) noexcept {
    ::explicit_bzero(static_cast<void*>(memory), count * sizeof(Value));
    std::allocator<Value>{}.deallocate(memory, count);
  }

  friend bool operator==(const WipingAllocator&, const WipingAllocator&) noexcept { return true; }
};

/// A short one lies in the object itself, and a local variable's bytes stay on the stack: see
/// wipe_stack().
using WipedText = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

template <typename Value>
using WipedVector = std::vector<Value, WipingAllocator<Value>>;

template <typename Value>
using WipedMap =
    std::map<WipedText, Value, std::less<>, WipingAllocator<std::pair<const WipedText, Value>>>;

/// Overwrites the stack below the caller, where functions that have returned left what they held.
void wipe_stack() noexcept;

}  // namespace dblog::config
