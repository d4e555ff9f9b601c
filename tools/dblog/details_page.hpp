// The page that `dblog show` prints: what happened in one line, then when and where, the message,
// the stack trace, the hardware, and what became of the messages about it. What is not known is
// left out. No stored byte reaches it unescaped.
#pragma once

#include <string>

#include "src/store/reader.hpp"

namespace dblog::tool {

std::string details_page(const store::Details& details);

}  // namespace dblog::tool
