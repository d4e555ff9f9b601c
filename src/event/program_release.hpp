// The release that the program told install_handlers(), for what is said of its handled errors.
// Threads: any.
#pragma once

#include <string>

namespace dblog {

void set_program_release(const std::string& release);

/// Empty if none was told.
[[nodiscard]] std::string program_release();

}  // namespace dblog
