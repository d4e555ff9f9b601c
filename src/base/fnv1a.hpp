// FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): the same on every machine and in
// every version. Against accidents, not against people.
// Context: crash time.
#pragma once

#include <cstdint>
#include <string_view>

namespace dblog::base {

class Fnv1a {
 public:
  constexpr Fnv1a& add(std::string_view bytes) noexcept {
    for (const char byte : bytes) value_ = (value_ ^ static_cast<unsigned char>(byte)) * kPrime;
    return *this;
  }

  /// Eight bytes at once: quicker, and another value than add() gives.
  constexpr Fnv1a& add_word(std::uint64_t word) noexcept {
    value_ = (value_ ^ word) * kPrime;
    value_ ^= value_ >> 32U;
    return *this;
  }

  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }

 private:
  static constexpr std::uint64_t kPrime = 0x100000001B3U;

  std::uint64_t value_ = 0xCBF29CE484222325U;
};

}  // namespace dblog::base
