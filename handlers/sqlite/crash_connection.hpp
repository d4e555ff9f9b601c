// The way from a dying process into LOGS.db: one transaction through the private SQLite.
// Context: crash time. Only the installing thread, or the crashing one that holds the gate.
#pragma once

#include <cstdint>

#include "handlers/record/crash_record.hpp"
#include "handlers/record/process_facts.hpp"
#include "src/base/uuid.hpp"
#include "src/schema/process_end.hpp"

namespace dblog::crash {

inline constexpr std::int64_t kInstallWaitNanoseconds = 5'000'000'000;

/// The end of a process that did not crash; `none`: its last sign of life.
struct ProcessEndNote {
  schema::ProcessEnd how = schema::ProcessEnd::exit;
  std::int64_t utc_microseconds = 0;
};

/// A row of dblog_processes.
struct ProcessNote {
  base::Uuid uuid;
  std::int32_t process_id = 0;
  const ProcessEndNote* end = nullptr;  ///< null: it lives, or its end is told elsewhere
};

struct ConnectionError {
  bool is_busy = false;  ///< another connection has locked the database
  bool is_newer_schema = false;
  bool is_already_there = false;  ///< the database has a crash of this UUID
  bool is_replaced = false;       ///< the file was moved away while it was opened
  char text[256] = {};            ///< one line, without the database's path; empty: no error
};

/// Opens `facts.database`, makes what is missing of the schema and prepares every statement, so
/// that a crash has nothing to do but bind and step. Waits for other writers for `wait_ns` at
/// most. A connection to the same file that is open already is kept, one to another file is
/// forgotten. Context: setup.
bool open_crash_connection(const ProcessFacts& facts, ConnectionError& error,
                           std::int64_t wait_ns = kInstallWaitNanoseconds) noexcept;

/// Whether this process has one open.
bool has_crash_connection() noexcept;

/// With the connection open: makes room in the log and memory, so that a crash waits for neither.
/// Context: setup.
void prepare_crash_connection(const ProcessFacts& facts) noexcept;

/// Commits the crash: its row, frames, hardware and, where asked for, outbox rows. First opens
/// the database again if the connection no longer leads to it (the file was replaced, the
/// descriptors were closed, this is a child after fork()). Waits for other writers until
/// `give_up_at_ns` (CLOCK_MONOTONIC). Returns the row's id, 0 if nothing was committed.
std::int64_t write_crash(const CrashRecord& record, const ProcessFacts& facts,
                         std::int64_t give_up_at_ns, ConnectionError& error) noexcept;

/// Commits the process's row, unless it is there, and its end, unless that is there. Only through a
/// connection that leads to the database already. Waits as write_crash() does, not for the disk.
bool write_process(const ProcessNote& note, const ProcessFacts& facts, std::int64_t give_up_at_ns,
                   ConnectionError& error) noexcept;

/// Deletes a crash that write_crash() committed, with all that belongs to it. Waits as that does.
bool delete_crash(std::int64_t id, const ProcessFacts& facts, std::int64_t give_up_at_ns) noexcept;

/// Whether it has made or upgraded the tables: ordinary code makes what it leaves out, indexes and
/// views. Context: setup.
bool has_made_tables() noexcept;

/// Whether messages wait in the outbox. Context: setup.
bool has_open_messages() noexcept;

/// After write_crash() was interrupted: releases its locks, and opens a new connection next time.
void abandon_crash_connection() noexcept;

/// In the child right after fork(): lets go of the parent's descriptors. Async-signal-safe.
void leave_crash_connection_to_parent() noexcept;

}  // namespace dblog::crash
