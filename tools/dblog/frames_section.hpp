// Stack traces on a page: of the thread that crashed and of the others. Called by the page of one
// crash or event.
#pragma once

#include <cstddef>
#include <string>

#include "src/report/frame_text.hpp"
#include "tools/dblog/page_text.hpp"
#include "tools/dblog/source_excerpt.hpp"

namespace dblog::tool {

struct FramesView {
  std::size_t most_frames = 40;  ///< Both ends of a longer trace are shown.
  bool folds_recursion = true;   ///< What repeats itself is shown once, and the
                                 ///< inside of the C++ library in one line.
  SourceFiles sources;           ///< For lines around the first of the program's own frames.
  std::string date;              ///< Of the crash: a source file that is younger says so.
};

void add_trace(PageText& page, const report::Frames& frames, const FramesView& view);

/// Threads with the same stack are shown together.
void add_other_threads(PageText& page, const reader::Details& crash, bool is_full);

}  // namespace dblog::tool
