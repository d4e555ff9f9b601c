// What class of fault a SIGSEGV or SIGBUS was: a null pointer and a stack overflow in one function
// are two faults. Called for fingerprints. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace dblog::grouping {

struct Fault {
  std::string_view signal_name;
  std::optional<std::int64_t> code;  ///< `crashes.signal_code`
  std::string_view address;          ///< `crashes.fault_address`, "0x18"
  std::string_view message;          ///< `crashes.msg`
};

/// "null", "null plus offset", "wild", "stack overflow", "jump to null", "jump", "sent"; for
/// SIGBUS "misaligned", "file end", "hardware" too. Empty for other signals, and if nothing is
/// known. Part of fingerprints, so never to be changed.
std::string_view fault_class(const Fault& fault);

}  // namespace dblog::grouping
