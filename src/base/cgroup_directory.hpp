// Where the cgroup file systems hold this process's own group, and what they say of a group.
// Called by find_hardware_sources(), so that nothing has to be searched while a process dies.
// Context: setup.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dblog::base {

inline constexpr std::size_t kCgroupDirectorySize = 512;

/// Writes the directory of the group that `process_cgroups` (the text of /proc/self/cgroup) names
/// below `mount`, a place where cgroup v2 may be mounted. Inside a container that shares its host's
/// cgroup namespace the group is the mount itself. False, and an empty text, if cgroup v2 is not
/// mounted there, if the process is in no v2 group, or if the path is too long.
bool find_cgroup_directory(std::string_view process_cgroups, std::string_view mount,
                           char (&directory)[kCgroupDirectorySize]) noexcept;

/// The same of cgroup v1's memory controller; `mount` is a place where that may be mounted.
bool find_memory_cgroup_directory(std::string_view process_cgroups, std::string_view mount,
                                  char (&directory)[kCgroupDirectorySize]) noexcept;

/// How often the out-of-memory killer has struck in a control group, of version 2 or of version 1's
/// memory controller (Linux 4.13 or later); -1 if it is not known.
std::int64_t count_oom_kills(const char* cgroup_directory) noexcept;

}  // namespace dblog::base
