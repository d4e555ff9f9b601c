// sigaction(), signal() and their kin are interposed, so that libraries that ask whether a signal
// has its default action (curses, Python, shells) get the answer that they would get without us.
// A JVM's libjsig and Android's libsigchain do the same for theirs.
// Context: crash time: as async-signal-safe as the originals.
#pragma once

namespace dblog::crash {

/// Which of the program's own calls do not come here: the name of a function, or null. Context:
/// setup.
const char* signal_action_of_others() noexcept;

}  // namespace dblog::crash
