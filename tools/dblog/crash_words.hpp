// A crash in words. Called by list and show. What is returned may hold stored text: escape it.
#pragma once

#include <string>

#include "src/store/row.hpp"

namespace dblog::tool {

/// Short, for a list: "SIGSEGV at 0x0", "std::runtime_error: no such user".
std::string crash_headline(const store::Row& crash);

/// A sentence that starts with the program's name: "app died of SIGSEGV: it used memory that is
/// not there, at 0x0 (a null pointer)".
std::string crash_sentence(const store::Row& crash);

/// The signal with all that is known of it: "SIGSEGV (11), code 1: it used memory that is not
/// there". Empty if there was none.
std::string signal_description(const store::Row& crash);

}  // namespace dblog::tool
