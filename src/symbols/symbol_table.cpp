#include "src/symbols/symbol_table.hpp"

#include <gelf.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "src/symbols/code_sections.hpp"

namespace dblog::symbols {
namespace {

// What hand-written assembler without sizes may reasonably span.
constexpr std::uint64_t kMaxReachWithoutSize = 4'096;

bool is_function(const GElf_Sym& symbol) {
  const auto type = GELF_ST_TYPE(symbol.st_info);
  if (type == STT_FUNC || type == STT_GNU_IFUNC) return true;
  // Assembler functions often have no type; a local one without a size is a mere label.
  return type == STT_NOTYPE && (symbol.st_size > 0 || GELF_ST_BIND(symbol.st_info) != STB_LOCAL);
}

std::uint8_t rank_of(const GElf_Sym& symbol, std::string_view name) {
  const auto binding = GELF_ST_BIND(symbol.st_info);
  const int by_binding = binding == STB_GLOBAL ? 0 : binding == STB_WEAK ? 1 : 2;
  const std::size_t underscores = std::min(name.find_first_not_of('_'), std::size_t{9});
  return static_cast<std::uint8_t>(by_binding * 10 + static_cast<int>(underscores));
}

struct Collected {
  Symbol symbol;
  std::uint64_t code_end;
};

class Collector {
 public:
  explicit Collector(Dwfl_Module* module) : module_(module) {}

  std::vector<Collected> collect() {
    const int count = dwfl_module_getsymtab(module_);
    for (int i = 1; i < count; ++i) {
      if (auto symbol = at(i)) found_.push_back(*symbol);
    }
    return std::move(found_);
  }

 private:
  std::optional<Collected> at(int index) {
    GElf_Sym symbol;
    GElf_Addr address = 0;
    GElf_Word section_index = 0;
    Elf* elf = nullptr;
    Dwarf_Addr bias = 0;
    const char* text =
        dwfl_module_getsym_info(module_, index, &symbol, &address, &section_index, &elf, &bias);
    if (text == nullptr || *text == '\0' || elf == nullptr || !is_function(symbol)) {
      return std::nullopt;
    }
    // SHN_ABS and SHN_COMMON are no places; $x and $d mark code and data on ARM.
    if (section_index == SHN_UNDEF || section_index == SHN_ABS || section_index == SHN_COMMON ||
        *text == '$') {
      return std::nullopt;
    }
    const CodeSections& sections = sections_of(elf);
    const CodeSection* section = sections.find(address - bias);
    if (section == nullptr || section->has_stubs) return std::nullopt;
    const std::uint64_t code_end = section->end + bias;
    const std::uint64_t size = std::min<std::uint64_t>(symbol.st_size, code_end - address);
    const auto source =
        sections.has_symbol_table() ? NameSource::symbol_table : NameSource::dynamic_symbols;
    return Collected{{address, address + size, text, source, rank_of(symbol, text)}, code_end};
  }

  const CodeSections& sections_of(Elf* elf) {
    return sections_.try_emplace(elf, elf).first->second;
  }

  Dwfl_Module* module_;
  std::map<Elf*, CodeSections> sections_;
  std::vector<Collected> found_;
};

}  // namespace

SymbolTable::SymbolTable(Dwfl_Module* module) {
  std::vector<Collected> found = Collector{module}.collect();
  std::sort(found.begin(), found.end(), [](const Collected& a, const Collected& b) {
    const auto key = [](const Symbol& s) {
      return std::make_tuple(s.begin, s.begin == s.end, s.rank, s.name.size(), s.name);
    };
    return key(a.symbol) < key(b.symbol);
  });
  symbols_.reserve(found.size());
  reach_.reserve(found.size());
  code_ends_.reserve(found.size());
  std::uint64_t reach = 0;
  for (const Collected& each : found) {
    reach = std::max(reach, each.symbol.end);
    symbols_.push_back(each.symbol);
    reach_.push_back(reach);
    code_ends_.push_back(each.code_end);
  }
}

const Symbol* SymbolTable::find(std::uint64_t address) const noexcept {
  const auto after =
      std::upper_bound(symbols_.begin(), symbols_.end(), address,
                       [](std::uint64_t at, const Symbol& symbol) { return at < symbol.begin; });
  if (after == symbols_.begin()) return nullptr;
  const auto nearest = static_cast<std::size_t>(after - symbols_.begin()) - 1;
  const Symbol* found = nullptr;
  for (std::size_t i = nearest + 1; i-- > 0 && reach_[i] > address;) {
    const Symbol& symbol = symbols_[i];
    if (found != nullptr && symbol.begin != found->begin) break;
    if (address < symbol.end) found = &symbol;  // of those at one address the first is preferred
  }
  if (found != nullptr) return found;

  const std::uint64_t begin = symbols_[nearest].begin;
  const auto first =
      std::lower_bound(symbols_.begin(), symbols_.end(), begin,
                       [](const Symbol& symbol, std::uint64_t at) { return symbol.begin < at; });
  const bool is_sure = first->begin == first->end && first->source == NameSource::symbol_table &&
                       address - begin < kMaxReachWithoutSize && address < code_ends_[nearest];
  return is_sure ? &*first : nullptr;
}

}  // namespace dblog::symbols
