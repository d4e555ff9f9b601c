// exec() replaces the program without a word, and the parent in daemon() ends by _exit(): the black
// box is told, or the next run would report that the program was killed. The functions of the exec
// family and daemon() are interposed for that.
// Context: setup.
#pragma once

namespace dblog::crash {

/// Which of the program's own calls do not come here: the name of a function, or null. Makes the
/// linker take the interposed functions along with the handlers.
const char* exec_of_others() noexcept;

}  // namespace dblog::crash
