// Mangled type names (std::type_info::name()) as people write them, without the heap that
// abi::__cxa_demangle needs.
// Called where an exception's type is recorded while the process dies. Never guesses: a name that
// is not wholly understood stays mangled.
// Context: crash time
#pragma once

#include <cstddef>
#include <string_view>

namespace dblog::crash {

/// Writes the type that `mangled` (Itanium C++ ABI, <type>) spells to `out`, with a NUL: the same
/// text as libstdc++'s abi::__cxa_demangle. Text that does not fit `size` bytes is cut and ends in
/// "…". Returns false, and leaves an empty text, for what is not understood: expressions,
/// decltype, vendor extensions, types beyond the bounds in type_name_tree.hpp; and where `size` is
/// too small for the "…".
/// Time and stack are bounded (less than 10 KiB of stack); reads nothing but its arguments.
bool readable_type_name(std::string_view mangled, char* out, std::size_t size) noexcept;

}  // namespace dblog::crash
