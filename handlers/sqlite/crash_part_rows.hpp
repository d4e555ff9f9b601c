// What belongs to a crash as rows: its frames, threads, registers, breadcrumbs, context and note,
// and which function was noexcept. Used by crash_rows.cpp only. Context: crash time.
#pragma once

#include <cstdint>

#include "handlers/sqlite/crash_connection.hpp"

namespace dblog::crash {

/// Inside the caller's transaction, for the row `crash_id` of `crashes`. False with the reason in
/// `error` if a row was refused.
bool insert_crash_parts(std::int64_t crash_id, const CrashRecord& record, const ProcessFacts& facts,
                        ConnectionError& error) noexcept;

}  // namespace dblog::crash
