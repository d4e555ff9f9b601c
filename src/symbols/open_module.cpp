#include "src/symbols/open_module.hpp"

#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/symbols/module_search.hpp"
#include "src/symbols/readable_name.hpp"
#include "src/symbols/regular_file.hpp"

namespace dblog::symbols {
namespace {

// libdwfl's own syntax: '+' has it compare the checksum of a file that .gnu_debuglink names; the
// relative entries are meant beside the module.
std::string search_path(const std::vector<std::filesystem::path>& directories) {
  std::string path = "+:.debug";
  for (const auto& directory : directories) {
    // A colon cannot be told apart from the next directory.
    if (directory.native().find(':') == std::string::npos) path += ":" + directory.native();
  }
  return path;
}

unsigned char byte_of(const std::string& hex, std::size_t index) {
  return static_cast<unsigned char>(std::stoi(hex.substr(2 * index, 2), nullptr, 16));
}

// zstd came with elfutils 0.189; what comes after it is unknown to each libelf of today.
bool has_unknown_compression(Elf* elf) {
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    GElf_Chdr compression;
    if (gelf_getshdr(section, &header) != nullptr && (header.sh_flags & SHF_COMPRESSED) != 0 &&
        gelf_getchdr(section, &compression) != nullptr && compression.ch_type != ELFCOMPRESS_ZLIB) {
      return true;
    }
  }
  return false;
}

// Sections too small to be compressed are there all the same: that some were read says nothing.
bool has_unknown_compression(Dwfl_Module* module) {
  GElf_Addr bias = 0;
  if (has_unknown_compression(dwfl_module_getelf(module, &bias))) return true;
  const char* apart = nullptr;  // the separate debug file
  dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, &apart);
  struct stat facts {};
  const int descriptor = apart != nullptr ? open_regular_file(apart, facts) : -1;
  if (descriptor < 0) return false;
  Elf* const elf = elf_begin(descriptor, ELF_C_READ_MMAP, nullptr);
  const bool is_unknown = has_unknown_compression(elf);
  elf_end(elf);
  ::close(descriptor);
  return is_unknown;
}

}  // namespace

OpenModule::OpenModule(const ModuleKey& module, Detail detail, const SearchPlaces& search)
    : search_path_(search_path(search.directories)),
      search_path_text_(search_path_.data()),
      callbacks_{},
      is_verified_(!module.build_id.empty()) {
  callbacks_.find_elf = dwfl_build_id_find_elf;
  callbacks_.find_debuginfo = dwfl_standard_find_debuginfo;
  callbacks_.section_address = dwfl_offline_section_address;
  callbacks_.debuginfo_path = &search_path_text_;
  session_.reset(dwfl_begin(&callbacks_));
  if (!session_) return;
  if (!open_file(module, search)) open_by_build_id(module.build_id);
  dwfl_report_end(session_.get(), nullptr, nullptr);
  if (module_ == nullptr) return;
  symbols_.emplace(module_);
  if (detail == Detail::symbols_only) return;
  if (Dwarf* debug_info = dwfl_module_getdwarf(module_, &debug_bias_); debug_info != nullptr) {
    debug_info_.emplace(debug_info, dwarf_getelf(debug_info));
    misfits_.clear();
  } else {
    look_for_misfits(module, search);
  }
  has_unread_ = has_unknown_compression(module_);
}

// What stands where its debug information would be, and is not it.
void OpenModule::look_for_misfits(const ModuleKey& module, const SearchPlaces& search) {
  const char* file = nullptr;
  dwfl_module_info(module_, nullptr, nullptr, nullptr, nullptr, nullptr, &file, nullptr);
  GElf_Addr bias = 0;
  GElf_Word checksum = 0;
  Elf* const elf = dwfl_module_getelf(module_, &bias);
  const char* const link = elf != nullptr ? dwelf_elf_gnu_debuglink(elf, &checksum) : nullptr;
  if (file != nullptr && link != nullptr) {
    judge_debug_link(module, file, {link, checksum}, search.directories, misfits_);
  }
}

bool OpenModule::open_file(const ModuleKey& module, const SearchPlaces& search) {
  auto file = find_module_file(module, search, misfits_);
  if (!file) return false;
  const int descriptor = file->release_descriptor();
  // Base 0: addresses stay in the file's own numbering, as they were recorded.
  module_ = dwfl_report_elf(session_.get(), "module", file->path().c_str(), descriptor, 0, true);
  return true;
}

// Nothing of the module is on this machine, but a server may have it (DEBUGINFOD_URLS).
void OpenModule::open_by_build_id(const std::string& build_id) {
  constexpr GElf_Addr kAllAddresses = GElf_Addr{1} << 62U;
  if (!is_build_id(build_id)) return;
  std::vector<unsigned char> bytes;
  for (std::size_t i = 0; i < build_id.size() / 2; ++i) bytes.push_back(byte_of(build_id, i));
  Dwfl_Module* module = dwfl_report_module(session_.get(), "module", 0, kAllAddresses);
  if (module == nullptr ||
      dwfl_module_report_build_id(module, bytes.data(), bytes.size(), 0) != 0) {
    return;
  }
  GElf_Addr bias = 0;
  if (dwfl_module_getelf(module, &bias) != nullptr) module_ = module;
}

// Debug information that there might have been for an address.
Unread OpenModule::unread() const {
  if (has_unread_) return Unread::compressed;
  return misfits_.empty() ? Unread::nothing : unread_of(misfits_.front().reason);
}

Places OpenModule::places(CodeAddress address) {
  Places places = known_places(address);
  const bool is_from_debug_info =
      !places.empty() && places.back().origin.source == NameSource::debug_info;
  if (!is_from_debug_info && unread() != Unread::nothing) {
    if (places.empty()) places.emplace_back();
    if (places.back().origin.unread == Unread::nothing) places.back().origin.unread = unread();
  }
  for (Place& place : places) place.origin.is_verified = is_verified_;
  return places;
}

Places OpenModule::known_places(CodeAddress address) {
  if (module_ == nullptr || (address.is_return_address && address.offset == 0)) return {};
  const std::uint64_t at = address.offset - (address.is_return_address ? 1 : 0);
  Places places;
  if (debug_info_) places = debug_info_->places(at - debug_bias_);
  const bool needs_name = places.empty() || places.back().function.empty();
  if (const Symbol* symbol = needs_name && symbols_ ? symbols_->find(at) : nullptr) {
    if (places.empty()) places.emplace_back();
    places.back().function = readable_function_name(symbol->name);
    places.back().origin.source = symbol->source;
  }
  return places;
}

}  // namespace dblog::symbols
