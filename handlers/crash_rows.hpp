// A crash as rows: hw_logs, hw_details, crashes, frames, outbox.
// Context: crash time.
#pragma once

#include <cstdint>

#include "handlers/crash_connection.hpp"

namespace dblog::crash {

/// Inserts everything inside the transaction that the caller began. Returns the id in `crashes`,
/// 0 with the reason in `error` if a row was refused.
std::int64_t insert_crash_rows(const CrashRecord& record, const ProcessFacts& facts,
                               ConnectionError& error) noexcept;

}  // namespace dblog::crash
