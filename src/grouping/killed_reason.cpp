#include "src/grouping/killed_reason.hpp"

#include "src/grouping/has_one_of.hpp"

namespace dblog::grouping {
namespace {

/// Of "killed by SIGUSR1, which the program does not handle"; else empty.
std::string_view killing_signal(std::string_view line) {
  constexpr std::string_view kKilledBy = "killed by ";
  if (!line.starts_with(kKilledBy)) return "";
  line.remove_prefix(kKilledBy.size());
  if (line.starts_with("signal")) return "signal";
  if (!line.starts_with("SIG")) return "";
  return line.substr(0, line.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"));
}

}  // namespace

std::string killed_reason(std::string_view message) {
  const std::string_view first_line = message.substr(0, message.find('\n'));
  if (const std::string_view signal = killing_signal(first_line); !signal.empty()) {
    return std::string(signal);
  }
  if (has_one_of(first_line, {"out-of-memory", "out of memory", "lack of memory"})) {
    return "out of memory";
  }
  if (has_one_of(first_line, {"shut down", "restarted", "reboot", "lost power", "power loss"})) {
    return "machine stopped";
  }
  return has_one_of(first_line, {"memory was short"}) ? "memory short" : "unknown";
}

}  // namespace dblog::grouping
