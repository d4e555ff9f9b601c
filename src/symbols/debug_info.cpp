#include "src/symbols/debug_info.hpp"

#include <dwarf.h>

#include <string_view>

#include "src/symbols/debug_names.hpp"

namespace dblog::symbols {
namespace {

constexpr int kMaxInlineDepth = 256;

struct SourceLine {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

std::uint64_t address_of(Dwarf_Lines* lines, std::size_t index) {
  Dwarf_Addr address = 0;
  dwarf_lineaddr(dwarf_onesrcline(lines, index), &address);
  return address;
}

bool begins_statement(Dwarf_Lines* lines, std::size_t index) {
  bool flag = false;
  return dwarf_linebeginstatement(dwarf_onesrcline(lines, index), &flag) == 0 && flag;
}

std::string_view file_of(Dwarf_Line* row) {
  const char* file = dwarf_linesrc(row, nullptr, nullptr);
  return file != nullptr ? file : "";
}

// The row that covers `address`; of several at its beginning the last one's statement, as debuggers
// have it. Null if none does.
Dwarf_Line* find_row(Dwarf_Lines* lines, std::size_t count, std::uint64_t address) {
  std::size_t low = 0;
  std::size_t high = count;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (address_of(lines, middle) <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return nullptr;
  const std::size_t last = low - 1;
  Dwarf_Line* row = dwarf_onesrcline(lines, last);
  bool is_end = false;
  if (dwarf_lineendsequence(row, &is_end) != 0 || is_end) return nullptr;
  if (begins_statement(lines, last)) return row;
  const std::uint64_t begin = address_of(lines, last);
  // A row of another file is of a call that was inlined and left no instruction.
  for (std::size_t i = last; i > 0 && address_of(lines, i - 1) == begin; --i) {
    Dwarf_Line* earlier = dwarf_onesrcline(lines, i - 1);
    if (begins_statement(lines, i - 1)) return file_of(earlier) == file_of(row) ? earlier : row;
  }
  return row;
}

SourceLine line_at(Dwarf_Die unit, std::uint64_t address) {
  Dwarf_Lines* lines = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrclines(&unit, &lines, &count) != 0) return {};
  Dwarf_Line* row = find_row(lines, count, address);
  int line = 0;
  int column = 0;
  // Line 0 is what the compiler made of no particular line.
  if (row == nullptr || dwarf_lineno(row, &line) != 0 || line <= 0) return {};
  if (dwarf_linecol(row, &column) != 0 || column < 0) column = 0;
  return {source_path(unit, dwarf_linesrc(row, nullptr, nullptr)), static_cast<std::uint32_t>(line),
          static_cast<std::uint32_t>(column)};
}

// Where the inlined call is written.
SourceLine call_of(Dwarf_Die inlined) {
  Dwarf_Die unit;
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  const std::uint32_t line = number_attribute(inlined, DW_AT_call_line);
  if (line == 0 || dwarf_diecu(&inlined, &unit, nullptr, nullptr) == nullptr ||
      dwarf_getsrcfiles(&unit, &files, &count) != 0) {
    return {};
  }
  const std::uint32_t file = number_attribute(inlined, DW_AT_call_file);
  if (file >= count) return {};
  return {source_path(unit, dwarf_filesrc(files, file, nullptr, nullptr)), line,
          number_attribute(inlined, DW_AT_call_column)};
}

bool has_no_addresses(Dwarf_Die& die) {
  return dwarf_hasattr(&die, DW_AT_low_pc) == 0 && dwarf_hasattr(&die, DW_AT_ranges) == 0;
}

// The inlined calls that hold `address`, from the outside in.
void collect_inlined(Dwarf_Die parent, std::uint64_t address, std::vector<Dwarf_Die>& inlined,
                     int depth) {
  Dwarf_Die die;
  if (depth > kMaxInlineDepth || dwarf_child(&parent, &die) != 0) return;
  do {
    const int tag = dwarf_tag(&die);
    const bool is_call = tag == DW_TAG_inlined_subroutine;
    const bool is_block = tag == DW_TAG_lexical_block || tag == DW_TAG_try_block ||
                          tag == DW_TAG_catch_block || tag == DW_TAG_with_stmt;
    if (!is_call && !is_block) continue;
    if (dwarf_haspc(&die, address) > 0) {
      if (is_call) inlined.push_back(die);
      collect_inlined(die, address, inlined, depth + 1);
      return;
    }
    if (is_block && has_no_addresses(die)) {
      const std::size_t before = inlined.size();
      collect_inlined(die, address, inlined, depth + 1);
      if (inlined.size() > before) return;
    }
  } while (dwarf_siblingof(&die, &die) == 0);
}

Place make_place(std::string function, SourceLine at, bool is_inlined) {
  Place place;
  place.origin.source = function.empty() ? NameSource::none : NameSource::debug_info;
  place.function = std::move(function);
  place.file = std::move(at.file);
  place.line = at.line;
  place.column = at.column;
  place.is_inlined = is_inlined;
  return place;
}

}  // namespace

DebugInfo::DebugInfo(Dwarf* debug_info, Elf* elf) : sections_(elf), units_(debug_info, sections_) {}

Places DebugInfo::places(std::uint64_t address) {
  DebugUnit* unit = units_.find(address);
  if (unit == nullptr) return {};
  SourceLine at = line_at(unit->lines, address);
  Dwarf_Die function;
  if (!units_.find_function(*unit, address, function)) {
    if (at.line == 0 && !unit->lacks_tree) return {};
    Place place = make_place({}, std::move(at), false);
    if (unit->lacks_tree) place.origin.unread = Unread::split;
    return {std::move(place)};
  }
  std::vector<Dwarf_Die> inlined;
  collect_inlined(function, address, inlined, 0);
  Places places;
  for (auto call = inlined.rbegin(); call != inlined.rend(); ++call) {
    places.push_back(make_place(function_name(*call), std::move(at), true));
    at = call_of(*call);
  }
  places.push_back(make_place(function_name(function), std::move(at), false));
  return places;
}

}  // namespace dblog::symbols
