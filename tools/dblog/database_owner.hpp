// For verbs that write and are run by root: nothing of another user's is opened, read or written
// with root's rights. Called by a verb before it opens anything.
#pragma once

#include <filesystem>

#include "src/base/result.hpp"

namespace dblog::tool {

/// If root runs the tool and the owner rule refuses `database` for its owner, the process becomes
/// that user, with that user's groups, for good: from here on it can do what the owner could do,
/// and trusts what the owner trusts. Otherwise, and where there is no database, nothing changes.
/// Returns the path to go on with: the owner may not enter the working directory, or follow a link
/// of root's. An error: the process may be left with fewer rights, and should end.
[[nodiscard]] base::Result<std::filesystem::path> act_as_owner(
    const std::filesystem::path& database);

}  // namespace dblog::tool
