// dblog sql: the sqlite3 shell on the database, for reading.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct SqlOptions {
  std::string query;  ///< Empty: the shell stays, or reads standard input.
  bool json = false;
  bool csv = false;
  bool is_output_terminal = false;
  bool is_input_terminal = false;
  std::function<void(const std::string&)> say_beside;  ///< To standard error.
};

/// Does not return if sqlite3 can be run: it takes this process's place.
Outcome sql(const std::filesystem::path& database, const SqlOptions& options);

}  // namespace dblog::tool
