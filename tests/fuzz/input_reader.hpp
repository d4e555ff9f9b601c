// A fuzzer's bytes, read as numbers and texts. Behind their end come zeros and empty texts, so any
// bytes are an input, and those that a mutation adds or removes change little else.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace dblog::test {

class InputReader {
 public:
  InputReader(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool is_at_end() const { return bytes_.empty(); }

  template <typename Number>
  Number number() {
    Number value{};
    const std::size_t size = std::min(sizeof value, bytes_.size());
    std::memcpy(&value, bytes_.data(), size);
    bytes_.remove_prefix(size);
    return value;
  }

  /// One of the first 256 things of a list that has `limit`.
  std::size_t below(std::size_t limit) { return number<std::uint8_t>() % limit; }

  template <typename List>
  auto& one_of(List& list) {
    return list[below(std::size(list))];
  }

  /// Its length first, in a byte.
  std::string text() { return take(number<std::uint8_t>()); }

  std::string rest() { return take(bytes_.size()); }

 private:
  std::string take(std::size_t size) {
    std::string taken{bytes_.substr(0, size)};
    bytes_.remove_prefix(std::min(size, bytes_.size()));
    return taken;
  }

  std::string_view bytes_;
};

/// Overwrites parts of a file's image while there is input: each a place, counted from one of the
/// `starts` of its parts, and what comes there.
template <typename Starts>
void overwrite_parts(InputReader& input, const Starts& starts, char* image, std::size_t size) {
  while (!input.is_at_end()) {
    const std::size_t start = input.one_of(starts);
    const std::size_t at = (start + input.number<std::uint16_t>()) % size;
    const std::string bytes = input.text();
    std::memcpy(image + at, bytes.data(), std::min(bytes.size(), size - at));
  }
}

}  // namespace dblog::test
