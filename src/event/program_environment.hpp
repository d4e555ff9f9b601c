// Where the program runs for: prod, staging, …; what it told, else what its settings say.
// Threads: any.
#pragma once

#include <string>

namespace dblog::event {

inline constexpr std::size_t kMaxEnvironment =
    63;  ///< bytes; the crash record has room for so many

void set_program_environment(const std::string& environment);

/// Empty if none was told.
[[nodiscard]] std::string program_environment();

}  // namespace dblog::event
