// An address as places in the source, by DWARF: the chain of inlined calls and the lines. Called by
// OpenModule; libdw may fault on broken files, so this runs in the worker process only.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>

#include "src/symbols/code_sections.hpp"
#include "src/symbols/debug_units.hpp"
#include "src/symbols/place.hpp"

namespace dblog::symbols {

class DebugInfo {
 public:
  /// `elf` is the file that the debug information was read from.
  DebugInfo(Dwarf* debug_info, Elf* elf);

  /// Empty if the debug information knows nothing of the address. Where it knows the line but no
  /// function (assembler), one place without a name.
  Places places(std::uint64_t address);

 private:
  CodeSections sections_;
  DebugUnits units_;
};

}  // namespace dblog::symbols
