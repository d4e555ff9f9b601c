// The rules for scrubbing that the tool goes by: what it reads, shows, sends and imports is
// scrubbed.
#pragma once

#include <filesystem>
#include <string>

namespace dblog::tool {

/// Puts the rules of the settings into force: of the environment, of `env_file` (empty: .env in the
/// working directory), and of .env beside the database. Returns one line about what of them cannot
/// be used, or read; empty if nothing is wrong.
[[nodiscard]] std::string use_scrub_settings(const std::filesystem::path& env_file,
                                             const std::filesystem::path& database);

}  // namespace dblog::tool
