// What `dblog doctor` looks at besides the database and a program: the settings, the tool that
// delivers, and what the system allows.
#pragma once

#include <string>

#include "tools/dblog/doctor_check.hpp"

namespace dblog::tool {

/// Shows no value of a setting.
Checks check_settings(const std::string& env_file);

Checks check_system();

}  // namespace dblog::tool
