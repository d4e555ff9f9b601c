// Context: crash time.
#include "handlers/module_lookup.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <cstring>

#include "handlers/text_buffer.hpp"

namespace dblog::crash {
namespace {

const char* program_path = "";

struct Range {
  const unsigned char* begin;
  const unsigned char* end;

  [[nodiscard]] bool holds(const unsigned char* at, std::size_t size) const noexcept {
    return at >= begin && at <= end && size <= static_cast<std::size_t>(end - at);
  }
};

constexpr std::size_t padded(std::size_t size) noexcept { return (size + 3) & ~std::size_t{3}; }

// Notes are {name size, description size, type} and the two texts, each padded to 4 (elf(5)).
void find_build_id_in_notes(Range notes, Module& module) noexcept {
  const unsigned char* at = notes.begin;
  ElfW(Nhdr) header;
  while (notes.holds(at, sizeof header)) {
    std::memcpy(&header, at, sizeof header);
    const unsigned char* name = at + sizeof header;
    const std::size_t name_size = padded(header.n_namesz);
    if (!notes.holds(name, name_size)) return;
    const unsigned char* description = name + name_size;
    if (!notes.holds(description, padded(header.n_descsz))) return;
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 &&
        std::memcmp(name, ELF_NOTE_GNU, 4) == 0 && header.n_descsz <= Module::kMaxBuildId) {
      std::memcpy(module.build_id, description, header.n_descsz);
      module.build_id_size = static_cast<std::uint8_t>(header.n_descsz);
      return;
    }
    at = description + padded(header.n_descsz);
  }
}

// The file's first page is mapped with its first segment, so the program headers can be read
// where the loader put them.
void find_build_id(const dl_find_object& object, Module& module) noexcept {
  const Range mapped{static_cast<const unsigned char*>(object.dlfo_map_start),
                     static_cast<const unsigned char*>(object.dlfo_map_end)};
  ElfW(Ehdr) elf;
  if (!mapped.holds(mapped.begin, sizeof elf)) return;
  std::memcpy(&elf, mapped.begin, sizeof elf);
  if (std::memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0) return;
  for (std::size_t i = 0; i < elf.e_phnum; ++i) {
    const unsigned char* at = mapped.begin + elf.e_phoff + i * sizeof(ElfW(Phdr));
    ElfW(Phdr) segment;
    if (!mapped.holds(at, sizeof segment)) return;
    std::memcpy(&segment, at, sizeof segment);
    if (segment.p_type != PT_NOTE) continue;
    const auto* notes =
        reinterpret_cast<const unsigned char*>(object.dlfo_link_map->l_addr + segment.p_vaddr);
    if (!mapped.holds(notes, segment.p_memsz)) continue;
    find_build_id_in_notes({notes, notes + segment.p_memsz}, module);
    if (module.build_id_size != 0) return;
  }
}

// dlopen("./plugin.so") leaves a relative name: made absolute while the directory is known.
void copy_path(const char* name, Module& module) noexcept {
  TextBuffer path{module.path};
  if (name[0] != '/' && std::strchr(name, '/') != nullptr) {
    char directory[sizeof module.path];
    if (::getcwd(directory, sizeof directory) != nullptr) path.untrusted(directory) << '/';
  }
  path.untrusted(name);
}

bool find_file(std::uint64_t address, dl_find_object& object, Module& module) noexcept {
  if (_dl_find_object(reinterpret_cast<void*>(address), &object) != 0) return false;
  module.load_bias = object.dlfo_link_map->l_addr;
  const char* name = object.dlfo_link_map->l_name;
  const bool is_program = name == nullptr || name[0] == '\0';
  copy_path(is_program ? program_path : name, module);
  return true;
}

}  // namespace

void set_program_path(const char* path) noexcept { program_path = path; }

std::uint16_t find_module(CrashRecord& record, std::uint64_t address) noexcept {
  dl_find_object object;
  Module candidate;
  if (!find_file(address, object, candidate)) return Frame::kNoModule;
  for (std::uint32_t i = 0; i < record.module_count; ++i) {
    const Module& known = record.modules[i];
    if (known.load_bias == candidate.load_bias && std::strcmp(known.path, candidate.path) == 0) {
      return static_cast<std::uint16_t>(i);
    }
  }
  if (record.module_count == CrashRecord::kMaxModules) return Frame::kNoModule;
  find_build_id(object, candidate);
  record.modules[record.module_count] = candidate;
  return static_cast<std::uint16_t>(record.module_count++);
}

bool describe_module(std::uint64_t address, Module& module, ModuleRange& range) noexcept {
  dl_find_object object;
  if (!find_file(address, object, module)) return false;
  find_build_id(object, module);
  range.begin = reinterpret_cast<std::uint64_t>(object.dlfo_map_start);
  range.end = reinterpret_cast<std::uint64_t>(object.dlfo_map_end);
  return true;
}

}  // namespace dblog::crash
