#include "tools/dblog/symbol_settings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "src/config/settings.hpp"

namespace dblog::tool {
namespace {

void add_problem(std::string& problems, const std::string& problem) {
  problems.append(problems.empty() ? "" : "; ").append(problem);
}

}  // namespace

SymbolSettings load_symbol_settings(const std::string& env_file,
                                    const std::vector<std::string>& directories) {
  SymbolSettings found;
  found.debug_directories.assign(directories.begin(), directories.end());
  config::LoadedSettings loaded = config::load_settings(env_file);
  const std::string file = loaded.env_file.string();
  for (const config::SettingError& error : loaded.errors) {
    const bool is_ours = error.key == "debug_dirs" || error.key == "path_map";
    if (is_ours || error.where == file) add_problem(found.problem, error.text());
  }
  for (auto& directory : loaded.settings.debug_dirs) {
    const std::string problem = directory_problem(directory);
    if (problem.empty()) {
      found.debug_directories.push_back(std::move(directory));
    } else {
      add_problem(found.problem, "debug_dirs: " + directory.string() + ": " + problem);
    }
  }
  found.path_map = std::move(loaded.settings.path_map);
  return found;
}

symbols::Symbolizer make_symbolizer(const SymbolSettings& settings) {
  symbols::SymbolizerOptions options;
  options.worker.search.directories = settings.debug_directories;
  if (!settings.path_map.empty()) {
    options.worker.search.place_of = [map = settings.path_map](const std::string& path) {
      return map.place_of(path);
    };
  }
  return symbols::Symbolizer{std::move(options)};
}

std::string directory_problem(const std::filesystem::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) {
    const bool is_missing = errno == ENOENT || errno == ENOTDIR;
    return is_missing ? "no such directory" : std::strerror(errno);
  }
  if (!S_ISDIR(status.st_mode)) return "is not a directory";
  if (::access(directory.c_str(), X_OK) != 0) return std::strerror(errno);
  return "";
}

}  // namespace dblog::tool
