// Which signals were ignored and blocked when this process was started: a program that it starts
// gets them like that, whatever the tool itself does with signals.
// Threads: while there is only one. give_back() is async-signal-safe.
#pragma once

namespace dblog::run {

class InheritedSignals {
 public:
  /// First thing in main().
  static void remember() noexcept;

  /// To the calling process: it ignores and blocks what it did then, and nothing else.
  static void give_back() noexcept;
};

}  // namespace dblog::run
