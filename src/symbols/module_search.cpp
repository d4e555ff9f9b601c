#include "src/symbols/module_search.hpp"

#include <algorithm>
#include <cstdlib>

#include "src/base/program_path.hpp"

namespace dblog::symbols {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBuildIdDigits = 128;

std::optional<ElfFile> open_if_same(const fs::path& path, const std::string& build_id) {
  auto file = ElfFile::open(path);
  if (file && file->build_id() != build_id) file.reset();
  return file;
}

// As it was written, or as its bytes were before they became text (base::bytes_of_path()).
fs::path path_of(const ModuleKey& module) {
  std::string bytes(module.path.size(), '\0');
  bytes.resize(base::bytes_of_path(module.path, bytes.data()));
  std::error_code error;
  return bytes != module.path && fs::exists(bytes, error) ? bytes : module.path;
}

std::optional<ElfFile> find_by_build_id(const ModuleKey& module, const fs::path& directory) {
  const fs::path by_id = directory / ".build-id" / module.build_id.substr(0, 2);
  const std::string rest = module.build_id.substr(2);
  // The last is where perf(1) keeps its copies.
  for (const std::string& name : {rest, rest + ".debug", rest + "/elf"}) {
    if (auto file = open_if_same(by_id / name, module.build_id)) return file;
  }
  const fs::path own_name = path_of(module).filename();
  if (own_name.empty()) return std::nullopt;
  if (auto file = open_if_same(directory / own_name, module.build_id)) return file;
  return open_if_same(directory / (own_name.native() + ".debug"), module.build_id);
}

}  // namespace

std::vector<fs::path> debug_directories(const std::vector<fs::path>& of_user) {
  std::vector<fs::path> directories;
  for (const fs::path& directory : of_user) {
    std::error_code error;
    directories.push_back(fs::absolute(directory, error));
  }
  const char* home = ::secure_getenv("HOME");
  if (home != nullptr && *home == '/') directories.push_back(fs::path(home) / ".debug");
  directories.emplace_back("/usr/lib/debug");
  return directories;
}

bool is_build_id(std::string_view text) noexcept {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() > 2 && text.size() <= kMaxBuildIdDigits && text.size() % 2 == 0 &&
         std::all_of(text.begin(), text.end(), is_digit);
}

std::optional<ElfFile> find_module_file(const ModuleKey& module,
                                        const std::vector<fs::path>& directories) {
  const bool has_path = module.path.starts_with('/');
  if (module.build_id.empty()) {
    // A file that has one now is another.
    if (!has_path || !module.recorded_at) return std::nullopt;
    auto file = open_if_same(path_of(module), "");
    if (file && file->changed_at() > *module.recorded_at) file.reset();
    return file;
  }
  if (!is_build_id(module.build_id)) return std::nullopt;
  if (has_path) {
    if (auto file = open_if_same(path_of(module), module.build_id)) return file;
  }
  for (const fs::path& directory : directories) {
    if (auto file = find_by_build_id(module, directory)) return file;
  }
  return std::nullopt;
}

}  // namespace dblog::symbols
