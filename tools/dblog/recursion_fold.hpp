// What to show of a stack in which a recursion repeats itself.
// Called by the sections that print frames.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dblog::tool {

struct ShownFrame {
  std::size_t index;        ///< In the trace.
  std::size_t block = 0;    ///< So many frames, this one the last, come again right after it …
  std::size_t repeats = 0;  ///< … so many times, and are not shown.
  std::size_t library = 0;  ///< So many frames from this one on are told in one line.
};

/// `places`: where each frame is, as it is printed. What comes at least three times in a row is
/// shown once; the blocks that are looked for have up to eight frames.
std::vector<ShownFrame> fold_recursion(const std::vector<std::string>& places);

}  // namespace dblog::tool
