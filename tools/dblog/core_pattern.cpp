#include "tools/dblog/core_pattern.hpp"

#include <array>
#include <filesystem>

#include "src/base/proc_files.hpp"

namespace dblog::tool {
namespace {

std::string line_of(const char* path) {
  std::array<char, 256> buffer;  // the kernel keeps 128
  std::string text{base::read_small_file(path, buffer.data(), buffer.size())};
  return text.substr(0, text.find('\n'));
}

}  // namespace

CorePattern present_core_pattern() {
  return parse_core_pattern(line_of("/proc/sys/kernel/core_pattern"),
                            line_of("/proc/sys/kernel/core_uses_pid") == "1");
}

CorePattern parse_core_pattern(const std::string& text, bool uses_pid) {
  CorePattern pattern{CoreKeeper::nothing, text, {}, false};
  if (text.starts_with('|')) {
    const std::string command = text.substr(1, text.find(' ') - 1);
    pattern.program = std::filesystem::path{command}.filename().string();
    pattern.keeper = pattern.program == "systemd-coredump" ? CoreKeeper::systemd_coredump
                                                           : CoreKeeper::other_program;
  } else if (!text.empty()) {
    pattern.keeper = CoreKeeper::file;
    pattern.adds_pid = uses_pid && text.find("%p") == std::string::npos;
  }
  return pattern;
}

}  // namespace dblog::tool
