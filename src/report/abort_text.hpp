// What led to abort(): a failed assert, a check of the C library, the program itself. Called for
// the sentence about a crash.
#pragma once

#include <string>

#include "src/report/frame_text.hpp"

namespace dblog::report {

/// `message` is what the C library said; empty if it said nothing.
std::string abort_text(const std::string& message, const Frames& frames);

}  // namespace dblog::report
