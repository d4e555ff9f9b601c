// One crash, event or snapshot in a line: what lists say of it. What is returned of `what_of` may
// hold stored text: escape it.
#pragma once

#include <string>

#include "src/reader/reader.hpp"

namespace dblog::tool {

/// "signal", "killed", "event", "hardware"; escaped.
std::string kind_of(const reader::Entry& entry);

/// Its headline; `is_full`: with names of functions that are long.
std::string what_of(const reader::Entry& entry, bool is_full);

}  // namespace dblog::tool
