// exec() replaces the program without a word, and the parent in daemon() ends by _exit(): the black
// box is told, or the next run would report that the program was killed. The functions of the exec
// family and daemon() are interposed for that.
// Context: setup.
#pragma once

namespace dblog::crash {

/// Whether the program's own calls come here. Makes the linker take the interposed functions along
/// with the handlers.
bool execs_are_ours() noexcept;

}  // namespace dblog::crash
