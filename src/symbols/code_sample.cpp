#include "src/symbols/code_sample.hpp"

#include <gelf.h>

#include <string_view>

#include "src/base/descriptor.hpp"
#include "src/symbols/elf_file.hpp"

namespace dblog::symbols {
namespace {

// Without the stubs of the linker, of which nothing is known.
std::optional<GElf_Shdr> find_text(Elf* elf) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return std::nullopt;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    const char* const name = elf_strptr(elf, names, header.sh_name);
    if (name != nullptr && std::string_view{name} == ".text") return header;
  }
  return std::nullopt;
}

}  // namespace

std::optional<CodeSample> sample_code(const std::filesystem::path& path, std::size_t count) {
  std::optional<MisfitReason> why;
  auto file = ElfFile::open(path, why);
  if (!file) return std::nullopt;
  CodeSample sample{file->build_id(), {}};
  const base::Descriptor descriptor{file->release_descriptor()};
  Elf* const elf = elf_begin(descriptor.number(), ELF_C_READ_MMAP, nullptr);
  if (const auto text = find_text(elf)) {
    for (std::size_t i = 0; i < count; ++i) {
      sample.offsets.push_back(text->sh_addr + text->sh_size / count * i);
    }
  }
  elf_end(elf);
  return sample;
}

}  // namespace dblog::symbols
