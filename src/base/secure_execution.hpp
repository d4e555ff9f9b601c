// Secure-execution mode (ld.so(8)): the program has more rights than its caller (setuid, setgid,
// file capabilities). Its environment, its working directory and its argv are the caller's choice,
// so only what the program itself names as an absolute path is used.
// Context: crash time. Reads a number that the kernel gave to the program.
#pragma once

#include <sys/auxv.h>

namespace dblog::base {

[[nodiscard]] inline bool is_secure_execution() noexcept { return ::getauxval(AT_SECURE) != 0; }

}  // namespace dblog::base
