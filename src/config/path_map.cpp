#include "src/config/path_map.hpp"

namespace dblog::config {

void PathMap::add(std::string_view from, std::filesystem::path to) {
  while (from.size() > 1 && from.ends_with('/')) from.remove_suffix(1);
  pairs_.emplace_back(from, std::move(to));
}

std::string PathMap::place_of(const std::string& path) const {
  for (const auto& [from, to] : pairs_) {
    if (!path.starts_with(from)) continue;
    std::string_view rest = std::string_view{path}.substr(from.size());
    if (!rest.empty() && rest.front() != '/' && !from.ends_with('/')) continue;
    while (rest.starts_with('/')) rest.remove_prefix(1);
    return rest.empty() ? to.native() : (to / rest).native();
  }
  return path;
}

}  // namespace dblog::config
