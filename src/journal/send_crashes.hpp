// Each crash as one entry of the systemd journal (the setting `journal`). The table dblog_journal,
// made here, has the crash that was sent last: crashes get ascending ids in the order in which they
// are committed.
// Called by `dblog flush`.
#pragma once

#include <chrono>
#include <filesystem>

#include "src/base/result.hpp"

namespace dblog::journal {

/// Sends the crashes that came since the last call for this database, oldest first; the first call
/// those of the last 24 hours. In the time given; the next call goes on. Returns how many.
///
/// At least once: a tool that is killed, or two at the same time, send some again. DBLOG_UUID is
/// the same then. `database` is absolute, without links, and exists.
[[nodiscard]] base::Result<int> send_crashes(const std::filesystem::path& database,
                                             std::chrono::milliseconds limit);

}  // namespace dblog::journal
