// The sentence about a fault for which the processor gives no address: what the program used is
// guessed only from a value that belongs to the fault, never from whatever a register still holds.
// Called for the sentence about a crash. What is returned holds stored text: escape it. Pure.
#pragma once

#include <string>

#include "src/reader/reader.hpp"
#include "src/report/frame_text.hpp"

namespace dblog::report {

/// "it used an address that no memory can have in parse (p.cpp:42); rax holds 0x…, a pattern …".
std::string impossible_address_text(const reader::Details& crash, const Site& site);

}  // namespace dblog::report
