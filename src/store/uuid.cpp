// Version 4 UUIDs from the kernel's random numbers.
#include "src/store/uuid.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace dblog::store {

Result<std::string> random_uuid() {
  std::array<unsigned char, 16> bytes{};
  ssize_t got;
  do {
    got = ::getrandom(bytes.data(), bytes.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(bytes.size())) {
    return Error{ErrorCode::io, "getrandom", "the kernel gives no random numbers"};
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);  // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);  // RFC 9562 variant
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    if (index == 4 || index == 6 || index == 8 || index == 10) text += '-';
    text += kDigits[bytes[index] >> 4U];
    text += kDigits[bytes[index] & 0xFU];
  }
  return text;
}

}  // namespace dblog::store
