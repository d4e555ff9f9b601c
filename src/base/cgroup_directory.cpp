// Context: setup, except count_oom_kills() (crash time).
#include "src/base/cgroup_directory.hpp"

#include <unistd.h>

#include <cstring>

#include "src/base/proc_files.hpp"
#include "src/base/proc_parsers.hpp"

namespace dblog::crash {
namespace {

/// Every cgroup v2 directory has this file, and no v1 directory has it (cgroups(7)).
bool is_unified_cgroup(PathText& directory) noexcept {
  const std::size_t size = directory.size();
  const bool found = ::access(directory.add("/cgroup.controllers").c_str(), R_OK) == 0;
  directory.cut(size);
  return found;
}

}  // namespace

bool find_cgroup_directory(std::string_view process_cgroups, std::string_view mount,
                           char (&directory)[kCgroupDirectorySize]) noexcept {
  directory[0] = '\0';
  const std::string_view group = parse_unified_cgroup(process_cgroups);
  if (group.empty()) return false;

  PathText path;
  path.add(mount);
  if (group != "/") path.add(group);
  if (!is_unified_cgroup(path)) {
    path.cut(mount.size());
    if (!is_unified_cgroup(path)) return false;
  }
  if (path.size() >= sizeof directory) return false;
  std::memcpy(directory, path.c_str(), path.size() + 1);
  return true;
}

std::int64_t count_oom_kills(const char* cgroup_directory) noexcept {
  if (cgroup_directory[0] == '\0') return kNotFound;
  PathText path;
  path.add(cgroup_directory).add("/memory.events");
  char text[512];
  return parse_named_value(read_small_file(path.c_str(), text, sizeof text), "oom_kill");
}

}  // namespace dblog::crash
