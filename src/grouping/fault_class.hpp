// What class of fault a SIGSEGV, SIGBUS or SIGABRT was: a null pointer and a stack overflow in one
// function are two faults, and so are two assertions. Called for fingerprints. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dblog::grouping {

struct Fault {
  std::string_view signal_name;
  std::optional<std::int64_t> code;  ///< `crashes.signal_code`
  std::string_view address;          ///< `crashes.fault_address`, "0x18"
  std::string_view access;           ///< `crashes.access`
  std::string_view cause;            ///< `crashes.cause`
  std::string_view abort_message;    ///< What the C library said before SIGABRT; else empty
};

/// "null", "null plus offset", "wild", "stack overflow", "jump to null", "jump", "sent"; for
/// SIGBUS "misaligned", "file end", "hardware" too. For SIGABRT "assertion x > 0", "double free",
/// "bad free", "memory overwritten", "stack smashing", "buffer overflow". Empty for other signals,
/// and if nothing is known. Part of fingerprints, so never to be changed.
std::string fault_class(const Fault& fault);

}  // namespace dblog::grouping
