// One plain sentence about a crash: what the program did, where, who called that, and what is the
// likely cause. What is returned holds stored text: escape it.
#pragma once

#include <string>

#include "src/reader/reader.hpp"

namespace dblog::report {

/// Starts with the program's name: "app died of SIGSEGV: it wrote to address 0x0 in parse_header
/// (src/parser.cpp:42), called from main; likely a null pointer".
std::string what_happened(const reader::Details& crash);

}  // namespace dblog::report
