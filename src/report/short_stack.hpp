// A stack as a message shows it: the program's own frames with their sources, and in one line each
// what libraries and the runtime do between them. Called for messages. What is returned holds
// stored text: escape it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "src/report/frame_text.hpp"

namespace dblog::report {

/// Lines of a short stack, at most.
inline constexpr std::size_t kMostShortLines = 12;

/// "#0 parse_header (src/parser.cpp:42)", "… 7 frames of libstdc++ …", and what is left out at the
/// end. The innermost frame is always shown; two or more in a row that are not the program's
/// (is_program_frame) are one line.
[[nodiscard]] std::vector<std::string> short_stack(const Frames& frames);

/// The same of a stack that is only known as text, a frame a line: its first lines.
[[nodiscard]] std::vector<std::string> short_stack(std::string_view text);

/// "parse_header at /srv/app/src/parser.cpp:42": the first frame of the program's own that has a
/// source; empty without one.
[[nodiscard]] std::string source_line(const Frames& frames);

}  // namespace dblog::report
