#include "src/symbols/elf_file.hpp"

#include <elfutils/libdwelf.h>
#include <gelf.h>

#include <cerrno>

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

#if defined(__aarch64__)
constexpr GElf_Half kThisProcessor = EM_AARCH64;
#else
constexpr GElf_Half kThisProcessor = EM_X86_64;
#endif

// Of a file that was not opened. Nothing if there is none.
std::optional<MisfitReason> why_not_opened(int error, const struct stat& facts) {
  if (error == ENOENT || error == ENOTDIR) return std::nullopt;
  const bool was_looked_at = facts.st_mode != 0;
  const bool is_usable =
      S_ISREG(facts.st_mode) && facts.st_size > 0 && facts.st_size <= kMaxModuleFile;
  return was_looked_at && !is_usable ? MisfitReason::not_a_file : MisfitReason::unreadable;
}

bool is_program_or_library(Elf* elf, GElf_Ehdr& header) {
  if (elf == nullptr || elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &header) == nullptr) {
    return false;
  }
  return header.e_type == ET_EXEC || header.e_type == ET_DYN;
}

bool has_debug_section(Elf* elf) {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf, &names) != 0) return false;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* name = elf_strptr(elf, names, header.sh_name);
    const std::string_view text = name != nullptr ? name : "";
    if (text == ".debug_info" || text == ".zdebug_info") return true;
  }
  return false;
}

}  // namespace

std::optional<ElfFile> ElfFile::open(const std::filesystem::path& path,
                                     std::optional<MisfitReason>& why) {
  why.reset();
  struct stat facts {};
  const int descriptor = open_regular_file(path.c_str(), facts);
  if (descriptor < 0) {
    why = why_not_opened(errno, facts);
    return std::nullopt;
  }
  ElfFile file{path.native(), descriptor, facts.st_ctim.tv_sec};

  elf_version(EV_CURRENT);  // what libelf wants to be told before all else
  Elf* elf = elf_begin(descriptor, ELF_C_READ_MMAP, nullptr);
  GElf_Ehdr header{};
  const bool is_usable = is_program_or_library(elf, header);
  file.is_for_this_processor_ = header.e_machine == kThisProcessor;
  const void* id = nullptr;
  if (is_usable) {
    file.has_debug_info_ = has_debug_section(elf);
    const ssize_t size = dwelf_elf_gnu_build_id(elf, &id);
    if (size > 0) {
      file.build_id_ =
          hex_of(static_cast<const unsigned char*>(id), static_cast<std::size_t>(size));
    }
  }
  elf_end(elf);
  if (!is_usable) {
    why = MisfitReason::not_elf;
    return std::nullopt;
  }
  return file;
}

// Not inlined: GCC 12 takes the members of an empty optional for uninitialized.
ElfFile::ElfFile(ElfFile&& other) noexcept = default;
ElfFile& ElfFile::operator=(ElfFile&& other) noexcept = default;

}  // namespace dblog::symbols
