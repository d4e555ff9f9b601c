// dblog recover: the black boxes of dead processes become rows.
#pragma once

#include <filesystem>
#include <string>

#include "tools/dblog/outcome.hpp"

namespace dblog::tool {

struct RecoverOptions {
  bool json = false;
  std::string env_file;  ///< With settings; empty: the usual one.
};

/// Everything that lies beside the database, for a minute at most. What could not be imported stays
/// where it is and is named.
Outcome recover(const std::filesystem::path& database, const RecoverOptions& options);

}  // namespace dblog::tool
