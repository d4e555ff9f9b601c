// Where exceptions were thrown, while they are alive and a little longer.
//
// The functions of the C++ runtime through which every exception comes into being are interposed
// (handlers/exceptions/throw_watch.cpp). Each keeps the stack of the moment in a table of fixed
// size, under the exception's address: so it is found on whatever thread the exception ends,
// however often it was rethrown or carried along in a std::exception_ptr. An exception that reuses
// the address takes the entry over. Context: crash time. No heap, no locks, no thread-local memory;
// wait-free for writers and readers, in signal handlers and forked children too.
#pragma once

#include <cstdint>

#include "handlers/record/crash_record.hpp"
#include "handlers/unwind/raw_stack.hpp"

namespace dblog::crash {

/// From here on throws are remembered; what was remembered before is forgotten. Context: setup.
void start_watching_throws() noexcept;

/// Throws cost nothing more, and nothing is found. Context: setup.
void stop_watching_throws() noexcept;

/// Keeps the stack of the running throw of `exception`, from the frame that `start_address`
/// returns to. `frame` is the frame address of the function that was called with the exception.
/// If this thread threw at the same address from this very stack before (a loop does), that is
/// noticed instead of unwinding again.
void remember_throw(const void* exception, const void* start_address, const void* frame) noexcept;

/// Where the exception at `exception` (exception_in_flight()) was thrown. False if that is not
/// known: it was thrown before the watch began, or more than 500 others since.
bool find_throw_site(const void* exception, RawStack& site) noexcept;

/// In a terminate handler: makes the throw site of the exception in flight the record's frames,
/// unless those begin there already (nothing was unwound, and they go further).
void use_throw_site(CrashRecord& record) noexcept;

}  // namespace dblog::crash
