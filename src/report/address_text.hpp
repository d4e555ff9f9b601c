// What the value of an address tells about the fault, said with care: it is evidence, not proof.
// Called for the sentence about a crash. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace dblog::report {

/// "likely a null pointer", "likely a member or element at offset 24 of a null pointer", "a pattern
/// that freed memory is filled with: likely used after it was freed"; empty for an address that
/// looks like any other.
std::string address_guess(std::uint64_t address);

/// No program can use it on x86-64: bit 47 and those above are not all the same (Intel SDM volume
/// 1, "Canonical Addressing"; with five levels of page tables only who asks gets more).
bool is_impossible_address(std::uint64_t address);

}  // namespace dblog::report
