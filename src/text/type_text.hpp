// Names of C++ types and functions as people write them. Called wherever a name is shown, and for
// the message of a handled exception; columns of names and fingerprints keep what the compiler's
// demangler gave. Pure.
#pragma once

#include <string>
#include <string_view>

namespace dblog::text {

/// "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >" is
/// "std::string"; template arguments that are the standard library's defaults, its inline
/// namespaces and "[abi:cxx11]" are left out. What is not understood, or longer than 8,192 bytes,
/// stays as it is. Names that differ may become the same.
[[nodiscard]] std::string readable_name(std::string_view name);

}  // namespace dblog::text
