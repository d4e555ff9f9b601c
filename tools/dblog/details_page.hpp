// The page that `dblog show` prints: what happened in one sentence, then when and where, the
// message, the stack trace with source lines, registers, breadcrumbs, the other threads, the
// hardware, and what became of the messages about it. What is not known is left out. No stored
// byte reaches it unescaped.
#pragma once

#include <optional>
#include <string>

#include "dblog/event.hpp"
#include "src/reader/reader.hpp"
#include "tools/dblog/source_excerpt.hpp"

namespace dblog::tool {

struct PageOptions {
  bool is_colored = false;
  bool is_full = false;  ///< Every frame of every thread, every text whole.
  SourceFiles sources;
  bool is_for_others = false;                   ///< Does not say why there are no source lines.
  std::optional<Timestamp> now = std::nullopt;  ///< Ages count from it; else none is shown.
};

std::string details_page(const reader::Details& details, const PageOptions& options);

}  // namespace dblog::tool
