// The C library's last words before abort(): the text of a failed assert, "double free or
// corruption", "stack smashing detected". glibc keeps them in __abort_msg for debuggers.
// Context: crash time, except find_abort_message() (setup).
#pragma once

#include <string_view>

namespace dblog::crash {

/// Looks the variable up; a C library without it is fine. Context: setup.
void find_abort_message() noexcept;

/// The message without its line end; empty if there is none.
std::string_view abort_message() noexcept;

}  // namespace dblog::crash
