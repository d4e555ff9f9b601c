// Names of functions from .symtab, .dynsym and the compressed table of .gnu_debugdata, for code
// without debug information. Called by OpenModule.
// A wrong name is worse than none: a symbol names only what its size covers; one without a size
// names what follows it only in a full table, up to the next symbol, and not far.
#pragma once

#include <elfutils/libdwfl.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "src/symbols/place.hpp"

namespace dblog::symbols {

struct Symbol {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  ///< As `begin` for a symbol without a size.
  std::string_view name;  ///< Mangled; valid while the module is open.
  NameSource source = NameSource::none;
  std::uint8_t rank = 0;  ///< Which of several names of one function is preferred: the lowest.
};

class SymbolTable {
 public:
  explicit SymbolTable(Dwfl_Module* module);

  /// Null if no symbol is sure to be the one.
  [[nodiscard]] const Symbol* find(std::uint64_t address) const noexcept;

 private:
  std::vector<Symbol> symbols_;           ///< By address, at one address by preference.
  std::vector<std::uint64_t> reach_;      ///< How far any of the symbols up to here goes.
  std::vector<std::uint64_t> code_ends_;  ///< Of each symbol: the end of the section it is in.
};

}  // namespace dblog::symbols
