// Context: setup, except count_oom_kills() (crash time).
#include "src/base/cgroup_directory.hpp"

#include <unistd.h>

#include <cstring>

#include "src/base/proc_files.hpp"
#include "src/base/proc_parsers.hpp"

namespace dblog::base {
namespace {

// Every cgroup v2 directory has this file, and no v1 directory has it (cgroups(7)).
constexpr std::string_view kOfUnified = "/cgroup.controllers";
// Linux, Documentation/admin-guide/cgroup-v1/memory.rst.
constexpr std::string_view kOfMemory = "/memory.oom_control";

bool has_file(PathText& directory, std::string_view file) noexcept {
  const std::size_t size = directory.size();
  const bool found = ::access(directory.add(file).c_str(), R_OK) == 0;
  directory.cut(size);
  return found;
}

// The group's directory below the mount, else the mount, if it has the file.
bool find_directory(std::string_view group, std::string_view mount, std::string_view file,
                    char (&directory)[kCgroupDirectorySize]) noexcept {
  directory[0] = '\0';
  if (group.empty()) return false;

  PathText path;
  path.add(mount);
  if (group != "/") path.add(group);
  if (!has_file(path, file)) {
    path.cut(mount.size());
    if (!has_file(path, file)) return false;
  }
  if (path.size() >= sizeof directory) return false;
  std::memcpy(directory, path.c_str(), path.size() + 1);
  return true;
}

}  // namespace

bool find_cgroup_directory(std::string_view process_cgroups, std::string_view mount,
                           char (&directory)[kCgroupDirectorySize]) noexcept {
  return find_directory(parse_unified_cgroup(process_cgroups), mount, kOfUnified, directory);
}

bool find_memory_cgroup_directory(std::string_view process_cgroups, std::string_view mount,
                                  char (&directory)[kCgroupDirectorySize]) noexcept {
  return find_directory(parse_memory_cgroup(process_cgroups), mount, kOfMemory, directory);
}

std::int64_t count_oom_kills(const char* cgroup_directory) noexcept {
  if (cgroup_directory[0] == '\0') return kNotFound;
  for (const std::string_view file : {std::string_view{"/memory.events"}, kOfMemory}) {
    PathText path;
    path.add(cgroup_directory).add(file);
    char text[512];
    const std::int64_t count =
        parse_named_value(read_small_file(path.c_str(), text, sizeof text), "oom_kill");
    if (count != kNotFound) return count;
  }
  return kNotFound;
}

}  // namespace dblog::base
