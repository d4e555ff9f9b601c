// A crash as an entry of the systemd journal: the fields of systemd.journal-fields(7), those that
// systemd-coredump has, and our own. Pure.
#pragma once

#include <string>
#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::journal {

/// What `journalctl MESSAGE_ID=…` finds all crashes of dblog by.
inline constexpr const char* kMessageId = "1499cda506a4410a86db4105b7fafd1d";

/// "KEY=value", each value on one line; those that the crash does not have are left out.
/// `database`: its path, for DBLOG_DATABASE.
[[nodiscard]] std::vector<std::string> crash_entry(const reader::Details& crash,
                                                   const std::string& database);

}  // namespace dblog::journal
