// An ELF file opened for reading, and its build id. Called by the module search. The files may be
// broken or hostile, so this runs in the worker process only.
#pragma once

#include <libelf.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "src/base/descriptor.hpp"
#include "src/symbols/misfit.hpp"

namespace dblog::symbols {

class ElfFile {
 public:
  /// Nothing unless it is a regular file that libelf takes for an ELF program or library. `why` is
  /// set if there is something else at `path`.
  static std::optional<ElfFile> open(const std::filesystem::path& path,
                                     std::optional<MisfitReason>& why);

  ElfFile(ElfFile&& other) noexcept;
  ElfFile& operator=(ElfFile&& other) noexcept;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Lower-case hex; empty if it has none.
  [[nodiscard]] const std::string& build_id() const noexcept { return build_id_; }

  /// Whether it is for the kind of processor that dblog itself is built for.
  [[nodiscard]] bool is_for_this_processor() const noexcept { return is_for_this_processor_; }

  /// Whether DWARF is in the file itself.
  [[nodiscard]] bool has_debug_info() const noexcept { return has_debug_info_; }

  /// The last change of the file or of what is known about it (st_ctime): a file that was put in
  /// another's place shows here, even with an old modification time.
  [[nodiscard]] std::int64_t changed_at() const noexcept { return changed_at_; }

  /// The descriptor, which then belongs to the caller.
  [[nodiscard]] int release_descriptor() noexcept { return descriptor_.release(); }

 private:
  ElfFile(std::string path, int descriptor, std::int64_t changed_at) noexcept
      : path_(std::move(path)), descriptor_(descriptor), changed_at_(changed_at) {}

  std::string path_;
  base::Descriptor descriptor_;
  std::int64_t changed_at_;
  std::string build_id_;
  bool is_for_this_processor_ = true;
  bool has_debug_info_ = false;
};

}  // namespace dblog::symbols
