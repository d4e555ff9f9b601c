// What `dblog doctor` looks at of a program, which it does not start, and of a process.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "tools/dblog/doctor_check.hpp"

namespace dblog::tool {

/// `name`: as a shell would look for it.
Checks check_program(const std::string& name, const std::string& env_file);

Checks check_process(pid_t process, const std::filesystem::path& database,
                     const std::string& env_file);

}  // namespace dblog::tool
