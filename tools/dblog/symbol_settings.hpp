// Where the tool looks for programs, debug files and sources: the options of the command line, then
// the settings `debug_dirs` and `path_map`. Read by every verb that names frames or shows sources.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/config/path_map.hpp"
#include "src/symbols/symbolizer.hpp"

namespace dblog::tool {

struct SymbolSettings {
  std::vector<std::filesystem::path> debug_directories;
  config::PathMap path_map;
  /// What is wrong with these settings, a line for stderr; empty: nothing.
  std::string problem;
};

/// `env_file` as for config::load_settings(); `directories` come before those of the settings.
SymbolSettings load_symbol_settings(const std::string& env_file,
                                    const std::vector<std::string>& directories = {});

symbols::Symbolizer make_symbolizer(const SymbolSettings& settings);

/// Why nothing can be found in `directory`: "no such directory", say; empty if something can.
std::string directory_problem(const std::filesystem::path& directory);

}  // namespace dblog::tool
