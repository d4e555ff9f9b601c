// What crash_child.cpp calls when it is linked as guarded_child: see guarded_child.cpp.
#pragma once

namespace dblog::test {

/// Puts handlers under dblog's, which end the guard.
[[gnu::weak]] void guard_before_install();

/// Puts handlers over dblog's, which begin it.
[[gnu::weak]] void guard_after_install();

/// In the thread that is going to crash.
[[gnu::weak]] void paint_signal_stack();

}  // namespace dblog::test
