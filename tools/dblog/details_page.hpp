// The page that `dblog show` prints: what happened in one sentence, then when and where, the
// message, the stack trace with source lines, registers, breadcrumbs, the other threads, the
// hardware, and what became of the messages about it. What is not known is left out. No stored
// byte reaches it unescaped.
#pragma once

#include <string>

#include "src/reader/reader.hpp"

namespace dblog::tool {

struct PageOptions {
  bool is_colored = false;
  bool is_full = false;     ///< Every frame of every thread, every text whole.
  bool with_source = true;  ///< See may_name_sources().
};

std::string details_page(const reader::Details& details, const PageOptions& options);

}  // namespace dblog::tool
