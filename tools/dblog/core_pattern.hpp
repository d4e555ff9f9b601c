// What the kernel does with the cores of processes: /proc/sys/kernel/core_pattern, by core(5).
// Used by `dblog doctor` and `dblog gdb`.
#pragma once

#include <cstdint>
#include <string>

namespace dblog::tool {

enum class CoreKeeper : std::uint8_t {
  file,              ///< a file that the pattern names
  systemd_coredump,  ///< asked by coredumpctl
  other_program,     ///< apport, abrt, a container's: it keeps them where it wants, or not
  nothing            ///< the pattern is empty, or cannot be read
};

struct CorePattern {
  CoreKeeper keeper = CoreKeeper::nothing;
  std::string pattern;    ///< As it stands there; of `file` without ".%p" that uses_pid adds.
  std::string program;    ///< The name of the one that cores are piped to.
  bool adds_pid = false;  ///< /proc/sys/kernel/core_uses_pid
};

/// What this machine does now.
[[nodiscard]] CorePattern present_core_pattern();

/// A pattern's text, without its newline.
[[nodiscard]] CorePattern parse_core_pattern(const std::string& text, bool uses_pid);

}  // namespace dblog::tool
