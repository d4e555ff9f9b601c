#include "src/symbols/elf_file.hpp"

#include <elfutils/libdwelf.h>
#include <gelf.h>

#include "src/symbols/regular_file.hpp"

namespace dblog::symbols {
namespace {

std::string hex_of(const unsigned char* bytes, std::size_t size) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 0xF];
  }
  return text;
}

bool is_program_or_library(Elf* elf) {
  GElf_Ehdr header;
  if (elf == nullptr || elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &header) == nullptr) {
    return false;
  }
  return header.e_type == ET_EXEC || header.e_type == ET_DYN;
}

}  // namespace

std::optional<ElfFile> ElfFile::open(const std::filesystem::path& path) {
  struct stat facts {};
  const int descriptor = open_regular_file(path.c_str(), facts);
  if (descriptor < 0) return std::nullopt;
  ElfFile file{path.native(), descriptor, facts.st_ctim.tv_sec};

  Elf* elf = elf_begin(descriptor, ELF_C_READ_MMAP, nullptr);
  const bool is_usable = is_program_or_library(elf);
  const void* id = nullptr;
  if (is_usable) {
    const ssize_t size = dwelf_elf_gnu_build_id(elf, &id);
    if (size > 0) {
      file.build_id_ =
          hex_of(static_cast<const unsigned char*>(id), static_cast<std::size_t>(size));
    }
  }
  elf_end(elf);
  if (!is_usable) return std::nullopt;
  return file;
}

// Not inlined: GCC 12 takes the members of an empty optional for uninitialized.
ElfFile::ElfFile(ElfFile&& other) noexcept = default;
ElfFile& ElfFile::operator=(ElfFile&& other) noexcept = default;

}  // namespace dblog::symbols
