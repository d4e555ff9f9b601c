#include "src/symbols/core_file.hpp"

#include <fcntl.h>
#include <gelf.h>
#include <sys/procfs.h>
#include <sys/stat.h>

#include <cstring>
#include <string_view>

#include "src/base/descriptor.hpp"

namespace dblog::symbols {
namespace {

// One that a program of another word size wrote is of another size.
template <typename T>
std::optional<T> value_of(std::string_view note) {
  T value;
  if (note.size() != sizeof value) return std::nullopt;
  std::memcpy(&value, note.data(), sizeof value);
  return value;
}

struct Seen {
  CoreFacts facts;
  bool has_process = false;
  bool has_thread = false;
};

// The first thread is the one that died: elf_core_dump() in the kernel's fs/binfmt_elf.c.
void read_note(GElf_Word type, std::string_view note, const std::string& mapped_file, Seen& seen) {
  if (type == NT_PRPSINFO) {
    if (const auto process = value_of<elf_prpsinfo>(note)) {
      seen.facts.process_id = process->pr_pid;
      seen.has_process = true;
    }
  } else if (type == NT_PRSTATUS && !seen.has_thread) {
    if (const auto thread = value_of<elf_prstatus>(note)) {
      seen.facts.signal = thread->pr_cursig;
      seen.has_thread = true;
    }
  } else if (type == NT_FILE) {
    const std::string_view name{mapped_file.c_str(), mapped_file.size() + 1};  // with its NUL
    seen.facts.has_file = note.find(name) != std::string_view::npos;
  }
}

void read_notes(Elf* elf, const GElf_Phdr& segment, const std::string& mapped_file, Seen& seen) {
  Elf_Data* const data = elf_getdata_rawchunk(elf, static_cast<std::int64_t>(segment.p_offset),
                                              segment.p_filesz, ELF_T_NHDR);
  if (data == nullptr || data->d_buf == nullptr) return;
  const std::string_view bytes{static_cast<const char*>(data->d_buf), data->d_size};
  std::size_t name = 0;
  std::size_t content = 0;
  GElf_Nhdr header;
  for (std::size_t at = 0; (at = gelf_getnote(data, at, &header, &name, &content)) > 0;) {
    read_note(header.n_type, bytes.substr(content, header.n_descsz), mapped_file, seen);
  }
}

}  // namespace

std::optional<CoreFacts> read_core(const std::filesystem::path& core,
                                   const std::string& mapped_file) {
  struct stat status {};
  const base::Descriptor file{::open(core.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file.is_open() || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  elf_version(EV_CURRENT);
  Elf* const elf = elf_begin(file.number(), ELF_C_READ, nullptr);  // not mapped: it may be large
  GElf_Ehdr header;
  std::size_t segments = 0;
  Seen seen;
  if (elf != nullptr && gelf_getehdr(elf, &header) != nullptr && header.e_type == ET_CORE &&
      elf_getphdrnum(elf, &segments) == 0) {
    for (std::size_t i = 0; i < segments; ++i) {
      GElf_Phdr segment;
      const bool is_read = gelf_getphdr(elf, static_cast<int>(i), &segment) != nullptr;
      if (is_read && segment.p_type == PT_NOTE) read_notes(elf, segment, mapped_file, seen);
    }
  }
  elf_end(elf);
  if (!seen.has_process || !seen.has_thread) return std::nullopt;
  return seen.facts;
}

}  // namespace dblog::symbols
