// Finds the file that a recorded module is today: at its path if it is still the same file, else by
// its build id. A file of another build is never taken.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/symbols/elf_file.hpp"
#include "src/symbols/misfit.hpp"
#include "src/symbols/place.hpp"

namespace dblog::symbols {

struct SearchPlaces {
  std::vector<std::filesystem::path> directories;  ///< With debug files.

  /// Where a recorded path may be instead on this machine; not set: nowhere else.
  std::function<std::string(const std::string& path)> place_of;
};

/// The user's own directories first, absolute, then ~/.debug and /usr/lib/debug.
SearchPlaces with_usual_directories(SearchPlaces of_user);

/// True for what a build id is in hex; nothing else may become part of a path.
bool is_build_id(std::string_view text) noexcept;

/// The program or library itself, or its separate debug file where only that is left. In each of
/// `search.directories` (with_usual_directories()), files are sought as .build-id/xx/yyy… and under
/// the module's own name. Files that are there and are not it are added to `misfits`.
std::optional<ElfFile> find_module_file(const ModuleKey& module, const SearchPlaces& search,
                                        Misfits& misfits);

/// What a module's .gnu_debuglink names.
struct DebugLink {
  std::string name;
  std::uint32_t checksum = 0;  ///< CRC-32 of the whole file.
};

/// Why none of the files that `link`, from the module's .gnu_debuglink, may mean is its debug file,
/// for a module for which libdw found none: added to `misfits`.
void judge_debug_link(const ModuleKey& module, const std::filesystem::path& found_at,
                      const DebugLink& link, const std::vector<std::filesystem::path>& directories,
                      Misfits& misfits);

}  // namespace dblog::symbols
