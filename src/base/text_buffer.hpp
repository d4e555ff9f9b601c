// Text made in a fixed array: the crash path's only way to format.
// Context: crash time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace dblog::base {

/// Appends to a caller's array, which always stays NUL-terminated. What does not fit is cut, at
/// the start of a UTF-8 character, and remembered in is_cut().
class TextBuffer {
 public:
  template <std::size_t N>
  explicit TextBuffer(char (&array)[N]) noexcept : TextBuffer(array, N) {}

  /// `capacity` includes the NUL and is at least 1.
  TextBuffer(char* array, std::size_t capacity) noexcept : array_(array), room_(capacity - 1) {
    array_[0] = '\0';
  }

  TextBuffer& operator<<(std::string_view text) noexcept;
  TextBuffer& operator<<(const char* text) noexcept { return *this << std::string_view{text}; }
  TextBuffer& operator<<(char character) noexcept {
    return *this << std::string_view{&character, 1};
  }
  TextBuffer& operator<<(std::int64_t number) noexcept;
  TextBuffer& operator<<(int number) noexcept { return *this << std::int64_t{number}; }

  /// The same for bytes from anywhere: what is not UTF-8 becomes \\xNN, so that every reader of
  /// the database can read the whole.
  TextBuffer& untrusted(std::string_view bytes) noexcept;

  /// The same for a path, so that base::bytes_of_path() finds every byte again: a backslash that
  /// reads as the beginning of such an escape is written as one.
  TextBuffer& path(std::string_view bytes) noexcept;

  /// "0x1f": as few digits as needed.
  TextBuffer& hex(std::uint64_t number) noexcept;
  /// Two digits a byte.
  TextBuffer& hex_bytes(const std::uint8_t* bytes, std::size_t size) noexcept;

  [[nodiscard]] std::string_view view() const noexcept { return {array_, size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_cut() const noexcept { return is_cut_; }

 private:
  char* array_;
  std::size_t room_;
  std::size_t size_ = 0;
  bool is_cut_ = false;
};

}  // namespace dblog::base
