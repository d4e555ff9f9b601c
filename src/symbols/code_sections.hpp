// Which addresses of an ELF file are code, and which of that are stubs without a name of their own.
// Called by the symbol table and by the debug information's index: what linkers left behind of
// functions that they threw away points to no code, and must not lend its name to others.
#pragma once

#include <libelf.h>

#include <cstdint>
#include <vector>

namespace dblog::symbols {

struct CodeSection {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool has_stubs = false;  ///< .plt and the like: jumps to functions of other files.
};

class CodeSections {
 public:
  explicit CodeSections(Elf* elf);

  /// Null if no code is there. The address is one of `elf`'s own.
  [[nodiscard]] const CodeSection* find(std::uint64_t address) const noexcept;

  /// A range that the debug information tells, of code that is really there.
  [[nodiscard]] bool hold(std::uint64_t begin, std::uint64_t end) const noexcept;

  [[nodiscard]] bool has_symbol_table() const noexcept { return has_symbol_table_; }

 private:
  std::vector<CodeSection> sections_;  ///< By address.
  bool has_symbol_table_ = false;      ///< .symtab, not only .dynsym.
};

}  // namespace dblog::symbols
