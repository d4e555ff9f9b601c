// Names of types and functions for people: what the library has, for the tool.
#pragma once

#include "src/text/type_text.hpp"

namespace dblog::report {

using text::readable_name;

}  // namespace dblog::report
