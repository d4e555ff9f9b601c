#include "src/symbols/debug_units.hpp"

#include <dwarf.h>

#include <optional>

namespace dblog::symbols {
namespace {

constexpr int kMaxNesting = 64;

// Calls visit(begin, end) for each stretch of code that the entry says is its own.
template <typename Visit>
void for_each_range(Dwarf_Die die, Visit visit) {
  Dwarf_Addr base = 0;
  Dwarf_Addr begin = 0;
  Dwarf_Addr end = 0;
  std::ptrdiff_t position = 0;
  while ((position = dwarf_ranges(&die, position, &base, &begin, &end)) > 0) visit(begin, end);
}

enum class Inside { nothing, outer_functions, any_function };

Inside look_inside(int tag) {
  switch (tag) {
    case DW_TAG_namespace:
    case DW_TAG_module:
      return Inside::outer_functions;
    // Methods that are written in a class, nested functions, lambdas.
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_subprogram:
    case DW_TAG_lexical_block:
    case DW_TAG_inlined_subroutine:
      return Inside::any_function;
    default:
      return Inside::nothing;
  }
}

}  // namespace

DebugUnits::DebugUnits(Dwarf* debug_info, const CodeSections& sections)
    : debug_info_(debug_info), sections_(sections) {
  read_address_table();
}

void DebugUnits::read_address_table() {
  Dwarf_Aranges* table = nullptr;
  std::size_t count = 0;
  if (dwarf_getaranges(debug_info_, &table, &count) != 0) return;
  for (std::size_t i = 0; i < count; ++i) {
    Dwarf_Addr begin = 0;
    Dwarf_Word length = 0;
    Dwarf_Off unit = 0;
    if (dwarf_getarangeinfo(dwarf_onearange(table, i), &begin, &length, &unit) != 0) continue;
    if (sections_.hold(begin, begin + length)) table_.push_back({begin, begin + length, unit});
  }
}

void DebugUnits::read_units() {
  has_read_units_ = true;
  Dwarf_CU* unit = nullptr;
  Dwarf_CU* next = nullptr;
  Dwarf_Die die;
  std::uint8_t type = 0;
  while (dwarf_get_units(debug_info_, unit, &next, nullptr, &type, &die, nullptr) == 0) {
    unit = next;
    if (type != DW_UT_compile && type != DW_UT_skeleton) continue;
    const Dwarf_Off offset = dwarf_dieoffset(&die);
    for_each_range(die, [&](Dwarf_Addr begin, Dwarf_Addr end) {
      if (sections_.hold(begin, end)) ranges_.push_back({begin, end, offset});
    });
  }
}

DebugUnit* DebugUnits::find(std::uint64_t address) {
  if (const auto* range = smallest_range(table_, address)) return unit_at(range->owner);
  if (!has_read_units_) read_units();
  const auto* range = smallest_range(ranges_, address);
  return range != nullptr ? unit_at(range->owner) : nullptr;
}

DebugUnit* DebugUnits::unit_at(Dwarf_Off offset) {
  const auto known = units_.find(offset);
  if (known != units_.end()) return &known->second;
  DebugUnit unit{};
  if (dwarf_offdie(debug_info_, offset, &unit.lines) == nullptr) return nullptr;
  unit.tree = unit.lines;
  Dwarf_Die split;
  std::uint8_t type = 0;
  if (dwarf_cu_info(unit.lines.cu, nullptr, &type, nullptr, &split, nullptr, nullptr, nullptr) ==
          0 &&
      type == DW_UT_skeleton) {
    unit.lacks_tree = dwarf_tag(&split) != DW_TAG_compile_unit;
    if (!unit.lacks_tree) unit.tree = split;
  }
  return &units_.emplace(offset, std::move(unit)).first->second;
}

bool DebugUnits::find_function(DebugUnit& unit, std::uint64_t address, Dwarf_Die& function) {
  for (const bool within_functions : {false, true}) {
    bool& is_collected = within_functions ? unit.has_all_functions : unit.has_outer_functions;
    if (!is_collected) {
      is_collected = true;
      unit.functions.clear();
      collect(unit.tree, unit, within_functions, 0);
    }
    if (const auto* range = smallest_range(unit.functions, address)) {
      function = range->owner;
      return true;
    }
  }
  return false;
}

// The functions of a file are found fast without a look into each; those within others, if nothing
// else holds the address.
void DebugUnits::collect(Dwarf_Die parent, DebugUnit& unit, bool within_functions, int depth) {
  Dwarf_Die die;
  if (depth > kMaxNesting || dwarf_child(&parent, &die) != 0) return;
  do {
    const int tag = dwarf_tag(&die);
    if (tag == DW_TAG_subprogram) add_function(die, unit);
    const Inside inside = look_inside(tag);
    const bool is_wanted =
        inside == Inside::outer_functions || (within_functions && inside == Inside::any_function);
    if (is_wanted) collect(die, unit, within_functions, depth + 1);
  } while (dwarf_siblingof(&die, &die) == 0);
}

void DebugUnits::add_function(Dwarf_Die function, DebugUnit& unit) {
  for_each_range(function, [&](Dwarf_Addr begin, Dwarf_Addr end) {
    if (sections_.hold(begin, end)) unit.functions.push_back({begin, end, function});
  });
}

}  // namespace dblog::symbols
