#include "src/symbols/code_sections.hpp"

#include <gelf.h>

#include <algorithm>
#include <cstring>

namespace dblog::symbols {
namespace {

bool is_stub_section(const char* name) {
  return name != nullptr &&
         (std::strncmp(name, ".plt", 4) == 0 || std::strncmp(name, ".iplt", 5) == 0);
}

// A truncated file without section headers is still loaded by its program headers.
std::vector<CodeSection> executable_segments(Elf* elf) {
  std::vector<CodeSection> segments;
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return segments;
  for (std::size_t i = 0; i < count && i < INT32_MAX; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf, static_cast<int>(i), &segment) == nullptr) break;
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0) {
      segments.push_back({segment.p_vaddr, segment.p_vaddr + segment.p_memsz, false});
    }
  }
  return segments;
}

}  // namespace

CodeSections::CodeSections(Elf* elf) {
  std::size_t names = 0;
  const bool has_names = elf_getshdrstrndx(elf, &names) == 0;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    if (header.sh_type == SHT_SYMTAB) has_symbol_table_ = true;
    if ((header.sh_flags & SHF_EXECINSTR) == 0 || (header.sh_flags & SHF_ALLOC) == 0) continue;
    const char* name = has_names ? elf_strptr(elf, names, header.sh_name) : nullptr;
    sections_.push_back({header.sh_addr, header.sh_addr + header.sh_size, is_stub_section(name)});
  }
  if (sections_.empty()) sections_ = executable_segments(elf);
  std::sort(sections_.begin(), sections_.end(),
            [](const CodeSection& a, const CodeSection& b) { return a.begin < b.begin; });
}

const CodeSection* CodeSections::find(std::uint64_t address) const noexcept {
  const auto after = std::upper_bound(
      sections_.begin(), sections_.end(), address,
      [](std::uint64_t at, const CodeSection& section) { return at < section.begin; });
  if (after == sections_.begin()) return nullptr;
  const CodeSection& section = *std::prev(after);
  return address < section.end ? &section : nullptr;
}

bool CodeSections::hold(std::uint64_t begin, std::uint64_t end) const noexcept {
  const CodeSection* section = find(begin);
  return section != nullptr && begin < end && end <= section->end;
}

}  // namespace dblog::symbols
