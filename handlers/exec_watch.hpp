// exec() replaces the program without a word: the black box is told, or the next run would report
// that the program was killed. The functions of the exec family are interposed for that.
// Context: set-up.
#pragma once

namespace dblog::crash {

/// Makes the linker take the interposed functions along with the handlers.
void watch_exec() noexcept;

}  // namespace dblog::crash
