// Whether output is coloured. Pure: the caller says where the output goes.
#pragma once

#include <optional>
#include <string_view>

namespace dblog::tool {

enum class ColorChoice { automatic, always, never };

/// Of "auto", "always", "never".
inline std::optional<ColorChoice> parse_color_choice(std::string_view word) {
  if (word == "auto") return ColorChoice::automatic;
  if (word == "always") return ColorChoice::always;
  if (word == "never") return ColorChoice::never;
  return std::nullopt;
}

/// `automatic`: on a terminal, unless $NO_COLOR is set and not empty (no-color.org) or $TERM is
/// "dumb" or not set. The variables as secure_getenv() gives them.
inline bool is_colored(ColorChoice choice, bool is_terminal, const char* no_color,
                       const char* terminal_type) {
  if (choice != ColorChoice::automatic) return choice == ColorChoice::always;
  const std::string_view type = terminal_type == nullptr ? "" : terminal_type;
  return is_terminal && (no_color == nullptr || *no_color == '\0') && !type.empty() &&
         type != "dumb";
}

}  // namespace dblog::tool
