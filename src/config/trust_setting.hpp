// DBLOG_TRUST: who besides root and this user may write the files that dblog believes
// (src/base/trusted_file.hpp). From the environment only: a file cannot say who may write it.
// Called before the first file is opened, by the library and by the tool. Threads: any; no lock.
#pragma once

#include <optional>

#include "src/base/result.hpp"

namespace dblog::config {

/// Reads it at the first call, for the whole process. An error if it is not one of its words: then
/// no other owner is trusted.
std::optional<base::Error> adopt_trust_setting();

}  // namespace dblog::config
