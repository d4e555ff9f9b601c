// Rust's names by GNU's demangler, which knows both of Rust's manglings.
#include <libiberty/demangle.h>

#include <cstdlib>
#include <memory>

#include "src/symbols/readable_name.hpp"

namespace dblog::symbols {

std::string readable_rust_name(const std::string& symbol) {
  // Without DMGL_VERBOSE the hash is left out.
  const std::unique_ptr<char, decltype(&std::free)> text{
      ::rust_demangle(symbol.c_str(), DMGL_PARAMS), &std::free};
  return text != nullptr ? text.get() : std::string{};
}

}  // namespace dblog::symbols
