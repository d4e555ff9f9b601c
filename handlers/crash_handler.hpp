// The handlers of signals and std::terminate: gate, capture, commit, chain.
// docs/signal-safety.md explains the order and what each step may do.
// Context: handler only, except the functions below (setup).
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>

#include "handlers/record/process_facts.hpp"

namespace dblog::crash {

/// What install() is asked for. Context: setup.
struct HandlerSetup {
  static constexpr std::size_t kMaxSignals = 32;

  ProcessFacts facts;
  NoteWriter note_writer = nullptr;
  int signals[kMaxSignals] = {};
  std::size_t signal_count = 0;
  bool terminate = true;
  bool chain_first = false;  ///< handlers that were there before see faults first
  bool throw_sites = true;
  std::int64_t deadline_nanoseconds = 250'000'000;
  /// Called before the program changes its user or group, with how long it may wait for others;
  /// null: nothing.
  void (*before_privileges_change)(std::int64_t wait_ns) noexcept = nullptr;
};

/// What it achieved.
struct HandlerOutcome {
  /// 0: captured; else the errno of sigaction().
  int signal_errors[HandlerSetup::kMaxSignals] = {};
  /// errno of the black box; 0: what cannot be committed is kept beside the database.
  int box_error = 0;
  /// errno of what the alternate signal stack needs; 0: stack overflows of this thread are caught.
  int stack_error = 0;
  /// Threads that start from here on have such a stack too.
  bool new_threads_have_stacks = false;
};

/// Captures from here on. The crash connection is opened by the caller, before or after. Not
/// thread-safe; not twice without remove_handlers() between. Context: setup.
HandlerOutcome install_handlers(const HandlerSetup& setup) noexcept;

/// A Go runtime has been found in the process, which it ends without a mark; it takes faults in C
/// code as if it repaired them. After install_handlers(). Context: setup.
void expect_go() noexcept;

/// Puts back what was there before, where it is still ours. Context: setup.
void remove_handlers() noexcept;

/// Whether ours is (still) the one that the kernel or the runtime calls. Context: setup.
bool is_captured(int signal) noexcept;
bool terminate_is_captured() noexcept;

}  // namespace dblog::crash
