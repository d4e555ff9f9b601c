// Context: crash time.
#include "src/base/text_buffer.hpp"

#include "src/base/number_text.hpp"
#include "src/base/program_path.hpp"
#include "src/base/utf8.hpp"

namespace dblog::base {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

bool continues_character(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

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
  char digits[kWholeTextSize];
  const std::size_t size = write_whole(number, digits, sizeof digits);
  return *this << std::string_view{digits, size};
}

TextBuffer& TextBuffer::untrusted(std::string_view bytes) noexcept {
  constexpr char kUpperDigits[] = "0123456789ABCDEF";
  while (!bytes.empty() && !is_cut_) {
    std::size_t good = 0;
    std::size_t next = 0;
    do {
      good += next;
      next = first_code_point({bytes.data() + good, bytes.size() - good}).bytes;
    } while (next != 0);
    *this << std::string_view{bytes.data(), good};
    bytes.remove_prefix(good);
    if (bytes.empty()) break;
    const auto byte = static_cast<std::uint8_t>(bytes[0]);
    const char escaped[4] = {'\\', 'x', kUpperDigits[byte >> 4U], kUpperDigits[byte & 0xFU]};
    *this << std::string_view{escaped, sizeof escaped};
    bytes.remove_prefix(1);
  }
  return *this;
}

TextBuffer& TextBuffer::path(std::string_view bytes) noexcept {
  std::size_t plain = 0;
  while (plain < bytes.size()) {
    if (starts_byte_escape(bytes.substr(plain))) {
      untrusted(bytes.substr(0, plain)) << "\\x5C";
      bytes.remove_prefix(plain + 1);
      plain = 0;
    } else {
      ++plain;
    }
  }
  return untrusted(bytes);
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

}  // namespace dblog::base
