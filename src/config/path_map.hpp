// Where paths that a build or another machine recorded are on this one: `path_map`.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dblog::config {

/// Pairs of directories. As gdb's `set substitute-path`: a path is in the first `from` that it
/// equals, or that is followed by a slash in it.
class PathMap {
 public:
  /// Neither is empty. Slashes at the end of `from` do not count.
  void add(std::string_view from, std::filesystem::path to);

  [[nodiscard]] bool empty() const noexcept { return pairs_.empty(); }

  /// `path` in the other directory; as it is where it lies in none.
  [[nodiscard]] std::string place_of(const std::string& path) const;

 private:
  std::vector<std::pair<std::string, std::filesystem::path>> pairs_;
};

}  // namespace dblog::config
