// exec() replaces the program without a word, and the parent in daemon() ends by _exit(): the black
// box is told, or the next run would report that the program was killed. The functions of the exec
// family and daemon() are interposed for that.
// Context: setup.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace dblog::crash {

/// Which of the program's own calls do not come here: the name of a function, or null. Makes the
/// linker take the interposed functions along with the handlers.
const char* exec_of_others() noexcept;

/// What a program gets that this process becomes by exec(), besides the environment that it is
/// given: the library once more, first in LD_PRELOAD, and variables. Only if it is that process;
/// its children get what they are given.
struct KeptAtExec {
  static constexpr std::size_t kMost = 16;
  pid_t process = 0;
  const char* library = nullptr;
  const char* variables[kMost] = {};  ///< "NAME=VALUE"
  std::size_t count = 0;
};

/// From here on; `kept` stays. Context: setup.
void keep_at_exec(const KeptAtExec* kept) noexcept;

}  // namespace dblog::crash
