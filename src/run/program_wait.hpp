// Waits for a program that this process has started, and stays out of its way meanwhile: signals
// that are sent to this process go on to the program, and this process stops when the program is
// stopped, so that a shell's job control works as without it.
// Threads: one object, while there is only one thread.
#pragma once

#include <sys/types.h>

#include <csignal>

namespace dblog::run {

class ProgramWait {
 public:
  /// Blocks every signal, for good: what comes from here on is passed on.
  ProgramWait() noexcept;

  /// Until `program`, a child, has ended: its status, as waitpid(2) gives it. It stays a zombie
  /// while this process lives, so that others see who knows its end (recovery::gather_evidence()).
  /// Other children that end meanwhile, which the first process of a container gets from others, do
  /// not.
  int wait(pid_t program) noexcept;

 private:
  bool has_ended(int& status) noexcept;
  void pass_on(const siginfo_t& info) noexcept;
  void stop_as(int signal) noexcept;

  pid_t program_ = 0;
  bool was_asked_to_stop_ = false;
};

/// Ends this process as the program with that status ended: with its exit code, or by its signal,
/// without a core of its own.
[[noreturn]] void end_as(int wait_status) noexcept;

}  // namespace dblog::run
