// Finds the file that a recorded module is today: at its path if it is still the same file, else by
// its build id. Called by OpenModule. A file of another build is never taken.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/symbols/elf_file.hpp"
#include "src/symbols/place.hpp"

namespace dblog::symbols {

/// The user's own first, then ~/.debug and /usr/lib/debug.
std::vector<std::filesystem::path> debug_directories(
    const std::vector<std::filesystem::path>& of_user);

/// True for what a build id is in hex; nothing else may become part of a path.
bool is_build_id(std::string_view text) noexcept;

/// The program or library itself, or its separate debug file where only that is left. `directories`
/// as debug_directories() gives them; in each, files are sought as .build-id/xx/yyy… and under the
/// module's own name.
std::optional<ElfFile> find_module_file(const ModuleKey& module,
                                        const std::vector<std::filesystem::path>& directories);

}  // namespace dblog::symbols
