// Signals that a thread does not get for a while.
// Context: crash time. Every function is async-signal-safe. Threads: each has its own mask.
#pragma once

#include <csignal>

namespace dblog::process {

template <typename... Signals>
sigset_t signal_set(Signals... signals) noexcept {
  sigset_t set;
  sigemptyset(&set);
  (sigaddset(&set, signals), ...);
  return set;
}

/// Everything but what a thread's own faults raise: blocked, the kernel would kill for them at
/// once, and no crash handler would see them.
sigset_t all_but_faults() noexcept;

/// For a thread of ours, whatever it inherited from the one that started it.
void block_all_but_faults() noexcept;

/// Lets the calling thread receive `signal`.
void unblock_signal(int signal) noexcept;

/// Whether the signals that a write() raises in the thread that writes, and that are blocked, are
/// taken back at the end: SIGPIPE (the pipe or socket has no reader), SIGXFSZ (the file is over its
/// size limit). What was pending before is the program's, and stays.
enum class WriteSignals : bool { stay, taken_back };

/// Blocks signals in the calling thread while it lives.
class ScopedSignalBlock {
 public:
  explicit ScopedSignalBlock(const sigset_t& blocked,
                             WriteSignals raised = WriteSignals::taken_back) noexcept;
  ~ScopedSignalBlock();
  ScopedSignalBlock(const ScopedSignalBlock&) = delete;
  ScopedSignalBlock& operator=(const ScopedSignalBlock&) = delete;

 private:
  sigset_t taken_back_ = signal_set();
  sigset_t mask_before_;
};

/// A pending pthread_cancel() would unwind out of a function of ours, which is noexcept, at the
/// first write or sleep; it comes at the next chance after this. Only a flag of the thread in
/// glibc, though POSIX does not list it as async-signal-safe.
class CancellationOff {
 public:
  CancellationOff() noexcept { begin(); }
  ~CancellationOff() { end(); }
  CancellationOff(const CancellationOff&) = delete;
  CancellationOff& operator=(const CancellationOff&) = delete;

  void begin() noexcept;
  /// Before a handler of the program's is called: it may jump away.
  void end() noexcept;

 private:
  int previous_ = 0;
};

}  // namespace dblog::process
