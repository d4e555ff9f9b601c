// dblog doctor: would a crash here, and of this program, be recorded, get its names and be sent?
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct DoctorOptions {
  std::vector<std::string> command;  ///< A program that is looked at and not started; may be empty.
  pid_t process = 0;                 ///< One that runs; 0: none.
  std::string env_file;
  bool json = false;
};

/// Crashes a child of its own on trial, with a database that is removed again; changes nothing
/// else. Not everything done if anything found is a problem.
Outcome doctor(const std::filesystem::path& database, const DoctorOptions& options);

}  // namespace dblog::tool
