// Context: crash time.
#include "handlers/text_buffer.hpp"

namespace dblog::crash {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

bool continues_character(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

std::size_t utf8_character_size(std::string_view bytes) noexcept {
  if (bytes.empty()) return 0;
  const auto byte_at = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = byte_at(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (bytes.size() < size) return 0;
  // The second byte rules out overlong forms, surrogates and what is beyond U+10FFFF.
  const unsigned char lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte_at(1) < lowest || byte_at(1) > highest) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (!continues_character(bytes[i])) return 0;
  }
  return size;
}

TextBuffer& TextBuffer::operator<<(std::string_view text) noexcept {
  if (is_cut_) return *this;  // nothing may follow a gap
  std::size_t size = text.size();
  if (size > room_ - size_) {
    size = room_ - size_;
    while (size > 0 && continues_character(text[size])) --size;
    is_cut_ = true;
  }
  if (size != 0) std::memcpy(array_ + size_, text.data(), size);
  size_ += size;
  array_[size_] = '\0';
  return *this;
}

TextBuffer& TextBuffer::operator<<(std::int64_t number) noexcept {
  char digits[20];
  std::size_t first = sizeof digits;
  std::uint64_t rest = static_cast<std::uint64_t>(number);
  if (number < 0) rest = ~rest + 1;
  do {
    digits[--first] = kDigits[rest % 10];
    rest /= 10;
  } while (rest != 0);
  if (number < 0) digits[--first] = '-';
  return *this << std::string_view{digits + first, sizeof digits - first};
}

TextBuffer& TextBuffer::untrusted(std::string_view bytes) noexcept {
  while (!bytes.empty() && !is_cut_) {
    std::size_t good = 0;
    while (const std::size_t size =
               utf8_character_size({bytes.data() + good, bytes.size() - good})) {
      good += size;
    }
    *this << std::string_view{bytes.data(), good};
    bytes.remove_prefix(good);
    if (bytes.empty()) break;
    const auto byte = static_cast<std::uint8_t>(bytes[0]);
    const char escaped[4] = {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    *this << std::string_view{escaped, sizeof escaped};
    bytes.remove_prefix(1);
  }
  return *this;
}

TextBuffer& TextBuffer::hex(std::uint64_t number) noexcept {
  char digits[18];
  std::size_t first = sizeof digits;
  do {
    digits[--first] = kDigits[number & 0xFU];
    number >>= 4U;
  } while (number != 0);
  digits[--first] = 'x';
  digits[--first] = '0';
  return *this << std::string_view{digits + first, sizeof digits - first};
}

TextBuffer& TextBuffer::hex_bytes(const std::uint8_t* bytes, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; ++i) {
    const char digits[2] = {kDigits[bytes[i] >> 4U], kDigits[bytes[i] & 0xFU]};
    *this << std::string_view{digits, 2};
  }
  return *this;
}

}  // namespace dblog::crash
