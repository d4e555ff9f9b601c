// Which compilation unit an address belongs to, and which function in it: an index that is made as
// far as it is asked. Called by DebugInfo.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <map>
#include <vector>

#include "src/symbols/code_sections.hpp"

namespace dblog::symbols {

/// Addresses from `begin` to before `end`, and what they belong to.
template <typename Owner>
struct OwnedRange {
  std::uint64_t begin;
  std::uint64_t end;
  Owner owner;
};

/// The smallest of the ranges that hold `address`. Null if none does.
template <typename Owner>
const OwnedRange<Owner>* smallest_range(const std::vector<OwnedRange<Owner>>& ranges,
                                        std::uint64_t address) noexcept {
  const OwnedRange<Owner>* found = nullptr;
  for (const auto& range : ranges) {
    if (address < range.begin || address >= range.end) continue;
    if (found == nullptr || range.end - range.begin < found->end - found->begin) found = &range;
  }
  return found;
}

struct DebugUnit {
  Dwarf_Die lines;  ///< Has the line table.
  Dwarf_Die tree;   ///< Has the functions; differs from `lines` for a split unit (.dwo).
  std::vector<OwnedRange<Dwarf_Die>> functions;
  bool lacks_tree = false;           ///< It is split, and the rest of it was not found.
  bool has_outer_functions = false;  ///< Those that are not within others have been collected.
  bool has_all_functions = false;
};

class DebugUnits {
 public:
  /// `sections` must stay valid; both as the debug information numbers addresses.
  DebugUnits(Dwarf* debug_info, const CodeSections& sections);

  /// Null if no unit is known to hold the address.
  DebugUnit* find(std::uint64_t address);

  /// False if the unit has no function there.
  bool find_function(DebugUnit& unit, std::uint64_t address, Dwarf_Die& function);

 private:
  void read_address_table();
  void read_units();
  void collect(Dwarf_Die parent, DebugUnit& unit, bool within_functions, int depth);
  void add_function(Dwarf_Die function, DebugUnit& unit);
  DebugUnit* unit_at(Dwarf_Off offset);

  Dwarf* debug_info_;
  const CodeSections& sections_;
  std::vector<OwnedRange<Dwarf_Off>> table_;   ///< .debug_aranges, which not all compilers write.
  std::vector<OwnedRange<Dwarf_Off>> ranges_;  ///< What the units themselves say.
  bool has_read_units_ = false;
  std::map<Dwarf_Off, DebugUnit> units_;
};

}  // namespace dblog::symbols
