// A stack of ours for the record, where a program has given its thread an alternate signal stack
// that is smaller than a handler needs: what lies below that one is the program's.
// Context: handler only, except for reserve_recording_stack() (setup).
#pragma once

#include <ucontext.h>

namespace dblog::crash {

/// 64 KiB above a guard page, made at the first call. Without memory, records are made on whatever
/// stack there is.
void reserve_recording_stack() noexcept;

/// Calls function(argument); on our stack, if the handler that `context` was interrupted by runs on
/// an alternate stack with too little left. One thread at a time. Signals that come meanwhile are
/// handled on the same stack.
void run_on_enough_stack(const ucontext_t& context, void (*function)(void*),
                         void* argument) noexcept;

template <class Step>
void run_on_enough_stack(const ucontext_t& context, Step&& step) noexcept {
  run_on_enough_stack(
      context, [](void* given) { (*static_cast<Step*>(given))(); }, &step);
}

}  // namespace dblog::crash
