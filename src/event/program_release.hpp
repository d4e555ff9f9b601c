// The release that the program gave to install_handlers(), for messages about handled errors.
// Threads: any.
#pragma once

#include <string>

namespace dblog::event {

void set_program_release(const std::string& release);

/// Empty if none was told.
[[nodiscard]] std::string program_release();

}  // namespace dblog::event
