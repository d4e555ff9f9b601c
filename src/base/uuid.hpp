// Random identities (RFC 9562, version 4).
// Context: crash time. Ordinary code uses it too.
#pragma once

#include <cstdint>

namespace dblog::base {

struct Uuid {
  std::uint8_t bytes[16];
};

/// Never fails: before the kernel has gathered randomness, soon after boot, process id and clock
/// make it unique on this machine.
Uuid make_uuid() noexcept;

struct UuidText {
  char text[37];
};

/// "843f1df2-f82c-498f-928f-d798dcadea30".
UuidText text_of(const Uuid& uuid) noexcept;

/// All bytes are zero: none is known.
bool is_nil(const Uuid& uuid) noexcept;

/// A number to refer to it by within one database: 53 of its random bits, as many as every reader
/// of JSON keeps. 0 for none.
std::int64_t short_id_of(const Uuid& uuid) noexcept;

}  // namespace dblog::base
