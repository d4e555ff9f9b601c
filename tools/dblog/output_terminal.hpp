// The terminal that standard output may be: its width, whether it takes colours, and the time for a
// person who looks on.
#pragma once

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>

#include "dblog/event.hpp"
#include "tools/dblog/color_choice.hpp"

namespace dblog::tool {

/// Nothing if that is no terminal.
inline std::optional<std::size_t> terminal_width(int descriptor = STDOUT_FILENO) {
  if (::isatty(descriptor) == 0) return std::nullopt;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

/// The time that ages on a terminal count from; nothing if standard output is none.
inline std::optional<Timestamp> terminal_now() {
  return ::isatty(STDOUT_FILENO) == 0 ? std::nullopt : std::optional(now());
}

/// `choice` is a word of parse_color_choice().
inline bool is_output_colored(const std::string& choice) {
  return is_colored(*parse_color_choice(choice), ::isatty(STDOUT_FILENO) != 0,
                    ::secure_getenv("NO_COLOR"), ::secure_getenv("TERM"));
}

}  // namespace dblog::tool
