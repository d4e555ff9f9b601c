// Context: crash time.
#include "handlers/unwind/module_lookup.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cstring>

#include "src/base/text_buffer.hpp"

namespace dblog::crash {
namespace {

const char* program_path = "";

struct ProgramHeaders {
  const unsigned char* at;
  std::size_t count;
};

// The program's own, as the kernel mapped them.

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

// The kernel told the program where they are.
ProgramHeaders headers_of_program() noexcept {
  return {reinterpret_cast<const unsigned char*>(::getauxval(AT_PHDR)), ::getauxval(AT_PHNUM)};
}

// A library's first page is mapped with its first segment, so its program headers can be read where
// the loader put them. Of a static program the loader tells the code segment only.
ProgramHeaders headers_of_library(Range mapped) noexcept {
  ElfW(Ehdr) elf;
  if (!mapped.holds(mapped.begin, sizeof elf)) return {};
  std::memcpy(&elf, mapped.begin, sizeof elf);
  if (std::memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0) return {};
  const unsigned char* headers = mapped.begin + elf.e_phoff;
  if (!mapped.holds(headers, elf.e_phnum * sizeof(ElfW(Phdr)))) return {};
  return {headers, elf.e_phnum};
}

ElfW(Phdr) header_at(ProgramHeaders headers, std::size_t index) noexcept {
  ElfW(Phdr) header;
  std::memcpy(&header, headers.at + index * sizeof header, sizeof header);
  return header;
}

bool is_loaded(ProgramHeaders headers, const ElfW(Phdr) & part) noexcept {
  for (std::size_t i = 0; i < headers.count; ++i) {
    const ElfW(Phdr) segment = header_at(headers, i);
    if (segment.p_type == PT_LOAD && part.p_vaddr >= segment.p_vaddr &&
        part.p_vaddr + part.p_memsz <= segment.p_vaddr + segment.p_filesz) {
      return true;
    }
  }
  return false;
}

void find_build_id(ProgramHeaders headers, std::uint64_t load_bias, Module& module) noexcept {
  for (std::size_t i = 0; i < headers.count && module.build_id_size == 0; ++i) {
    const ElfW(Phdr) part = header_at(headers, i);
    if (part.p_type != PT_NOTE || !is_loaded(headers, part)) continue;
    const auto* notes = reinterpret_cast<const unsigned char*>(load_bias + part.p_vaddr);
    find_build_id_in_notes({notes, notes + part.p_memsz}, module);
  }
}

// dlopen("./plugin.so") leaves a relative name: made absolute while the directory is known.
void copy_path(const char* name, Module& module) noexcept {
  base::TextBuffer path{module.path};
  if (name[0] != '/' && std::strchr(name, '/') != nullptr) {
    char directory[sizeof module.path];
    if (::getcwd(directory, sizeof directory) != nullptr) path.path(directory) << '/';
  }
  path.path(name);
}

bool is_program(const link_map& file) noexcept {
  return file.l_name == nullptr || file.l_name[0] == '\0';
}

bool find_file(std::uint64_t address, dl_find_object& object, Module& module) noexcept {
  if (_dl_find_object(reinterpret_cast<void*>(address), &object) != 0) return false;
  const link_map& file = *object.dlfo_link_map;
  module.load_bias = file.l_addr;
  if (is_program(file)) {
    base::TextBuffer{module.path} << program_path;
  } else {
    copy_path(file.l_name, module);
  }
  return true;
}

void find_build_id(const dl_find_object& object, Module& module) noexcept {
  const Range mapped{static_cast<const unsigned char*>(object.dlfo_map_start),
                     static_cast<const unsigned char*>(object.dlfo_map_end)};
  const bool is_of_program = is_program(*object.dlfo_link_map);
  find_build_id(is_of_program ? headers_of_program() : headers_of_library(mapped), module.load_bias,
                module);
}

}  // namespace

void set_program_path(const char* path) noexcept { program_path = path; }

std::uint16_t find_module(CrashRecord& record, std::uint64_t address) noexcept {
  dl_find_object object;
  Module candidate;
  if (!find_file(address, object, candidate)) return 0;
  for (std::uint32_t i = 0; i < record.module_count; ++i) {
    const Module& known = record.modules[i];
    if (known.load_bias == candidate.load_bias && std::strcmp(known.path, candidate.path) == 0) {
      return static_cast<std::uint16_t>(i + 1);
    }
  }
  if (record.module_count == CrashRecord::kMaxModules) return 0;
  find_build_id(object, candidate);
  record.modules[record.module_count] = candidate;
  return static_cast<std::uint16_t>(++record.module_count);
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
