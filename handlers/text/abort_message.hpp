// The last words before abort(). Those of the C library: the text of a failed assert, "double free
// or corruption", "stack smashing detected"; glibc keeps them in __abort_msg for debuggers. And
// those that the program gave (dblog::set_abort_message).
// Context: crash time, except find_abort_message() (setup) and keep_program_message() (any).
#pragma once

#include <string_view>

namespace dblog::crash {

/// Looks the variable up; a C library without it is fine. Context: setup.
void find_abort_message() noexcept;

/// The message without its line end; empty if there is none.
std::string_view abort_message() noexcept;

/// What the calling thread says before it calls abort(); empty: nothing. Of two threads at the same
/// time one is kept. Context: any.
void keep_program_message(std::string_view text) noexcept;

/// What that thread said; empty if it said nothing, or another one spoke after it.
std::string_view program_message(int thread_id) noexcept;

}  // namespace dblog::crash
