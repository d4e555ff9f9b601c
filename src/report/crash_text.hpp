// A crash in short words, from its row alone. Called by list and show. What is returned may hold
// stored text: escape it.
#pragma once

#include <string>
#include <string_view>

#include "src/sqlite/row.hpp"

namespace dblog::report {

/// For a list: "SIGSEGV in parse_header, app: write to address 0x0", "app: killed by SIGPIPE".
/// `place` is a function's name, or empty.
std::string crash_headline(const store::Row& crash, std::string_view place);

/// The end of a function's name that is longer than lists have room for: "…::Parser::take".
std::string end_of_name(const std::string& name);

/// The executable's name; "A program" if it is not known.
std::string program_name(const store::Row& crash);

/// The first line of the crash's message. Of a signal without its name in front, which the words
/// around it say.
std::string message_line(const store::Row& crash);

/// Up to the first newline.
std::string_view first_line(std::string_view text);

/// With ": " between them, if there are two.
std::string joined_text(std::string_view first, std::string_view second);

}  // namespace dblog::report
