#include "src/grouping/killed_reason.hpp"

#include <initializer_list>

namespace dblog::grouping {
namespace {

bool has_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

KilledReason killed_reason(std::string_view message) {
  const std::string_view first_line = message.substr(0, message.find('\n'));
  if (has_one_of(first_line, {"out-of-memory", "out of memory", "lack of memory"})) {
    return KilledReason::out_of_memory;
  }
  if (has_one_of(first_line, {"shut down", "restarted", "reboot", "lost power", "power loss"})) {
    return KilledReason::machine_stopped;
  }
  return KilledReason::unknown;
}

std::string_view killed_reason_name(KilledReason reason) {
  switch (reason) {
    case KilledReason::out_of_memory:
      return "out of memory";
    case KilledReason::machine_stopped:
      return "machine stopped";
    case KilledReason::unknown:
      break;
  }
  return "unknown";
}

}  // namespace dblog::grouping
