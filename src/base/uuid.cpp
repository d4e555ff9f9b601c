// Context: crash time.
#include "src/base/uuid.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <cstring>

#include "src/base/monotonic_clock.hpp"
#include "src/base/text_buffer.hpp"

namespace dblog::base {

Uuid make_uuid() noexcept {
  Uuid uuid;
  if (::getrandom(uuid.bytes, sizeof uuid.bytes, GRND_NONBLOCK) !=
      static_cast<ssize_t>(sizeof uuid.bytes)) {
    const std::int64_t parts[2] = {monotonic_nanoseconds(), ::getpid()};
    std::memcpy(uuid.bytes, parts, sizeof uuid.bytes);
  }
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0FU) | 0x40U);  // version 4
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3FU) | 0x80U);  // RFC variant
  return uuid;
}

UuidText text_of(const Uuid& uuid) noexcept {
  UuidText result;
  TextBuffer text{result.text};
  text.hex_bytes(uuid.bytes, 4) << '-';
  text.hex_bytes(uuid.bytes + 4, 2) << '-';
  text.hex_bytes(uuid.bytes + 6, 2) << '-';
  text.hex_bytes(uuid.bytes + 8, 2) << '-';
  text.hex_bytes(uuid.bytes + 10, 6);
  return result;
}

bool is_nil(const Uuid& uuid) noexcept { return short_id_of(uuid) == 0; }

std::int64_t short_id_of(const Uuid& uuid) noexcept {
  constexpr int kFirst = 9;  // behind the version and the variant
  constexpr unsigned kBits = 53;
  std::uint64_t id = 0;
  for (int i = kFirst; i < 16; ++i) id = id << 8U | uuid.bytes[i];
  return static_cast<std::int64_t>(id & ((std::uint64_t{1} << kBits) - 1));
}

}  // namespace dblog::base
