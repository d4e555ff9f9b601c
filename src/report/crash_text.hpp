// A crash in short words, from its row alone. What is returned may hold stored text: escape it.
#pragma once

#include <string>
#include <string_view>

#include "src/sqlite/row.hpp"

namespace dblog::report {

/// For a list: "SIGSEGV in parse_header, app: write to address 0x0", "app: killed by SIGPIPE".
/// `place` is a function's name, or empty.
std::string crash_headline(const sqlite::Row& crash, std::string_view place);

/// The end of a function's name that is longer than lists have room for: "…::Parser::take".
std::string end_of_name(const std::string& name);

/// The executable's name; "A program" if it is not known.
std::string program_name(const sqlite::Row& crash);

/// The first line of the crash's message. Of a signal without its name in front, which the words
/// around it say.
std::string message_line(const sqlite::Row& crash);

/// What the program's own function wrote while it died (a row of crash_notes), and what became of
/// that function if it did not end well.
std::string note_text(const sqlite::Row& note);

/// With all lines but the first indented, so that none of them looks like a line of ours.
std::string with_deeper_lines(std::string_view text);

/// Up to the first newline.
std::string_view first_line(std::string_view text);

/// With ": " between them, if there are two.
std::string joined_text(std::string_view first, std::string_view second);

}  // namespace dblog::report
