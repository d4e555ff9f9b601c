// Keys of a .env file that are meant for dblog and misspelt.
// Called by settings.cpp. Must never name the key of another program, and never shows a value.
#pragma once

#include <string>
#include <vector>

#include "src/config/env_file.hpp"
#include "src/config/setting_error.hpp"

namespace dblog::config {

/// One error for each, `where` being "name:line".
///
/// Meant for dblog is what begins with DBLOG_, and what is one letter away from one of its keys
/// (two from a long one) while that one is set nowhere. Where other programs may well have such a
/// key, say PASSWORD or user_name, only beside settings for mail that are spelt right.
[[nodiscard]] std::vector<SettingError> find_misspelt_keys(const EnvFile& file,
                                                           const std::string& name,
                                                           const Environment& environment);

}  // namespace dblog::config
