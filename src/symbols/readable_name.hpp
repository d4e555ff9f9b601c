// Function names as they are in the source. Called for every name that the symbolizer finds.
#pragma once

#include <string>
#include <string_view>

namespace dblog::symbols {

/// C++ and Rust names demangled, everything else, C's names for one, as it is. Never longer than
/// 4 KiB: templates can have names of megabytes, of which no reader needs the rest.
std::string readable_function_name(std::string_view symbol);

/// The symbol without what compilers and linkers add to it for another copy or a piece of the same
/// function: `@@GLIBC_2.34`, `.part.0`, `.cold`, `.llvm.123`. Other dots are part of the name.
std::string_view without_suffix(std::string_view symbol) noexcept;

/// The readable form of a Rust name, without the hash at its end; empty if it is none or if dblog
/// was built without libiberty.
std::string readable_rust_name(const std::string& symbol);

}  // namespace dblog::symbols
