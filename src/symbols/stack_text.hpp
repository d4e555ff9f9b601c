// `crashes.stack_trace`, once frames have names: text for people, made of nothing but the rows.
// docs/schema.md describes the format. Called by FramesDatabase.
#pragma once

#include <string>

#include "src/symbols/frame_rows.hpp"

namespace dblog::symbols {

/// The crashed thread's frames, one place a line. Empty if it has none.
std::string stack_text(const RecordedStack& stack);

}  // namespace dblog::symbols
