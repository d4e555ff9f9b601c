// A crash as rows: hw_logs, hw_details, crashes, frames, outbox.
// Context: crash time.
#pragma once

#include <cstdint>

#include "handlers/sqlite/crash_connection.hpp"

namespace dblog::crash {

/// Makes the memory present that insert_crash_rows() uses first. Context: setup.
void prepare_crash_rows() noexcept;

/// Inserts everything inside the transaction that the caller began. Returns the id in `crashes`,
/// 0 with the reason in `error` if a row was refused.
std::int64_t insert_crash_rows(const CrashRecord& record, const ProcessFacts& facts,
                               ConnectionError& error) noexcept;

/// The process's row and, if it has ended, its end; inside the caller's transaction.
bool insert_process_rows(const ProcessNote& note, const ProcessFacts& facts,
                         ConnectionError& error) noexcept;

}  // namespace dblog::crash
