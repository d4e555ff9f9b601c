// Candidates, and the owner rule for each.
#include "src/api/tool_search.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>

#include "src/base/secure_execution.hpp"
#include "src/base/trusted_file.hpp"

namespace dblog::api {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNoTool =
    "the tool `dblog` is neither in PATH nor beside the library; messages wait for `dblog flush`";
constexpr const char* kMoreRights =
    "a program with more rights than its caller starts no tool; messages wait for `dblog flush`, "
    "which a timer or another program can run";

bool is_program(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

void consider(const fs::path& candidate, ToolSearch& search) {
  if (!search.tool.empty() || !is_program(candidate)) return;
  std::error_code error;
  const fs::path file = fs::canonical(candidate, error);
  if (error) return;
  const std::string refusal = refusal_of_tool(file);
  if (refusal.empty()) {
    search.tool = file;
  } else if (search.refusal.empty()) {
    search.refusal = refusal;
    search.has_refused_tool = true;
  }
}

void look_in_path(ToolSearch& search) {
  const char* path = ::secure_getenv("PATH");
  if (path == nullptr) return;
  std::string_view rest{path};
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    const std::string_view folder = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    // Relative ones would name another program wherever this one happens to be.
    if (!folder.empty() && folder.front() == '/') consider(fs::path{folder} / "dblog", search);
  }
}

// The directory of the program or library that this code was mapped from. dladdr() has the name
// that it was started or loaded by, which its caller chose.
fs::path directory_of_this_code() {
  const auto here = reinterpret_cast<std::uintptr_t>(&find_tool);
  std::ifstream mappings{"/proc/self/maps"};
  for (std::string line; std::getline(mappings, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    const char* last = line.data() + line.size();
    const auto first = std::from_chars(line.data(), last, begin, 16);
    if (first.ec != std::errc{} || first.ptr == last) continue;
    if (std::from_chars(first.ptr + 1, last, end, 16).ec != std::errc{}) continue;
    const std::size_t name = line.find('/');
    if (here < begin || here >= end) continue;
    return name == std::string::npos ? fs::path{} : fs::path{line.substr(name)}.parent_path();
  }
  return {};
}

void look_beside_library(ToolSearch& search) {
  const fs::path directory = directory_of_this_code();
  if (directory.empty()) return;
  consider(directory / "dblog", search);
  consider(directory.parent_path() / "bin" / "dblog", search);
  consider(directory.parent_path().parent_path() / "bin" / "dblog", search);
}

// For the file, or the directory above it, that is refused.
std::string reason_at(const std::string& part, base::Distrust why) {
  struct stat status {};
  if (::lstat(part.c_str(), &status) != 0) return part + ' ' + base::text_of(why);
  const bool is_of_group =
      status.st_gid == ::getegid() && base::trusted_writers() == base::TrustedWriters::owner;
  const bool would_group_do = is_of_group && (status.st_mode & S_IWOTH) == 0;
  const char* const group =
      would_group_do ? ", or set DBLOG_TRUST=group in the environment if its group is trusted" : "";
  if (why == base::Distrust::other_owner) {
    return part + " belongs to user " + std::to_string(status.st_uid) +
           "; install dblog where only root or this user can write" + group;
  }
  if (why != base::Distrust::writable_by_others) return part + ' ' + base::text_of(why);
  return part + " can be written by others; run 'chmod go-w " + part + "'" + group;
}

}  // namespace

ToolSearch find_tool() {
  if (base::is_secure_execution()) return {{}, kMoreRights, false};
  ToolSearch search;
  look_in_path(search);
  look_beside_library(search);
  if (search.tool.empty() && search.refusal.empty()) search.refusal = kNoTool;
  if (!search.tool.empty() && !search.refusal.empty()) {
    search.refusal += "; " + search.tool.string() + " is started instead";
  }
  return search;
}

std::string refusal_of_tool(const fs::path& tool) {
  std::size_t length = 0;
  const base::Distrust why = base::judge_program(tool.c_str(), &length);
  if (why == base::Distrust::none) return {};
  return tool.string() + " is not started: " + reason_at(tool.string().substr(0, length), why);
}

}  // namespace dblog::api
