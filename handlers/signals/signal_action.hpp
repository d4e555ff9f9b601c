// The kernel's dispositions of signals, past the functions of ours that stand in for sigaction()
// and its kin (action_watch.cpp).
// Context: crash time.
#pragma once

#include <csignal>

namespace dblog::crash {

/// sigaction(2), as the C library has it, or as another library that stands before ours does.
int set_action(int signal, const struct sigaction* wanted, struct sigaction* before) noexcept;

/// The C library's own: what ours stands in front of. A library that stands before ours leads here.
int next_sigaction(int signal, const struct sigaction* wanted, struct sigaction* before) noexcept;

/// The kernel's own default action, past everything that would stand in for it: another copy of
/// dblog, which would record the crash once more.
void set_default_for_the_end(int signal) noexcept;

struct sigaction default_action() noexcept;

/// Whether `action` is a handler, and not SIG_DFL or SIG_IGN.
bool is_function(const struct sigaction& action) noexcept;

/// Whether both have the same handler, SIG_DFL and SIG_IGN included.
bool is_same_handler(const struct sigaction& left, const struct sigaction& right) noexcept;

/// The kernel's is `expected` now.
bool is_in_force(int signal, const struct sigaction& expected) noexcept;

}  // namespace dblog::crash
