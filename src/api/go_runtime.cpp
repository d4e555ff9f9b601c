#include "src/api/go_runtime.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "src/process/interposition.hpp"

namespace dblog::api {
namespace {

// The note that Go's linker leaves in what it builds (cmd/internal/buildid in Go's sources).
constexpr char kGoName[] = {'G', 'o', '\0', '\0'};
constexpr ElfW(Word) kGoBuildId = 4;

bool is_go_note(const ElfW(Nhdr) & note, const char* name) noexcept {
  return note.n_type == kGoBuildId && note.n_namesz == sizeof kGoName &&
         std::memcmp(name, kGoName, sizeof kGoName) == 0;
}

bool has_go_note(const char* notes, std::size_t size, std::size_t alignment) noexcept {
  const auto padded = [alignment](std::size_t length) {
    return (length + alignment - 1) & ~(alignment - 1);
  };
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes, sizeof note);
    const std::size_t begin_of_content = padded(sizeof note + note.n_namesz);
    const std::size_t whole = padded(begin_of_content + note.n_descsz);
    if (whole > size) return false;
    if (is_go_note(note, notes + sizeof note)) return true;
    notes += whole;
    size -= whole;
  }
  return false;
}

// Not zero: there is one, and no further file is looked at.
int look_at_file(dl_phdr_info* file, std::size_t, void*) noexcept {
  constexpr std::size_t kLeastAlignment = 4;
  for (int i = 0; i < file->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = file->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* notes =
        reinterpret_cast<const char*>(file->dlpi_addr) + std::uintptr_t{segment.p_vaddr};
    const std::size_t alignment = segment.p_align == 8 ? 8 : kLeastAlignment;
    if (has_go_note(notes, segment.p_memsz, alignment)) return 1;
  }
  return 0;
}

// What C calls Go through: a program that was built without a build id exports it all the same.
bool has_go_entry() noexcept {
  return !process::is_static_program() && ::dlsym(RTLD_DEFAULT, "crosscall2") != nullptr;
}

}  // namespace

bool has_go_runtime() noexcept {
  return has_go_entry() || ::dl_iterate_phdr(look_at_file, nullptr) != 0;
}

}  // namespace dblog::api
