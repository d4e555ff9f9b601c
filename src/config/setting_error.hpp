// What is wrong with a setting, or with the file that has them.
#pragma once

#include <string>

#include "src/base/result.hpp"

namespace dblog::config {

/// Without a key it is about the file, or about a line that is no setting.
struct SettingError : base::Error {
  std::string key = {};      ///< The setting that it is about.
  bool is_misspelt = false;  ///< `key` is what was meant, or, if that is unknown, what is written.
};

}  // namespace dblog::config
