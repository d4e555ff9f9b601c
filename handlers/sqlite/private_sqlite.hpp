// The crash connection's own copy of SQLite: renamed by cmake/make_private_sqlite, fed from a
// fixed arena, without threads, its locks bound to descriptors.
// Context: crash time. Only one thread at a time may use it: the installing one, or the crashing
// one that holds the gate.
#pragma once

#include <sqlite3.h>

#include <cstdint>

// The declarations of sqlite3.h under the names of the private copy. Hidden: the copy is local
// to the library that contains it.
#pragma GCC visibility push(hidden)
extern "C" {
extern decltype(sqlite3_bind_double) dblog_crash_sqlite3_bind_double;
extern decltype(sqlite3_bind_int64) dblog_crash_sqlite3_bind_int64;
extern decltype(sqlite3_bind_null) dblog_crash_sqlite3_bind_null;
extern decltype(sqlite3_bind_text) dblog_crash_sqlite3_bind_text;
extern decltype(sqlite3_busy_handler) dblog_crash_sqlite3_busy_handler;
extern decltype(sqlite3_clear_bindings) dblog_crash_sqlite3_clear_bindings;
extern decltype(sqlite3_column_int64) dblog_crash_sqlite3_column_int64;
extern decltype(sqlite3_config) dblog_crash_sqlite3_config;
extern decltype(sqlite3_errstr) dblog_crash_sqlite3_errstr;
extern decltype(sqlite3_exec) dblog_crash_sqlite3_exec;
extern decltype(sqlite3_extended_errcode) dblog_crash_sqlite3_extended_errcode;
extern decltype(sqlite3_finalize) dblog_crash_sqlite3_finalize;
extern decltype(sqlite3_initialize) dblog_crash_sqlite3_initialize;
extern decltype(sqlite3_last_insert_rowid) dblog_crash_sqlite3_last_insert_rowid;
extern decltype(sqlite3_open_v2) dblog_crash_sqlite3_open_v2;
extern decltype(sqlite3_prepare_v3) dblog_crash_sqlite3_prepare_v3;
extern decltype(sqlite3_progress_handler) dblog_crash_sqlite3_progress_handler;
extern decltype(sqlite3_reset) dblog_crash_sqlite3_reset;
extern decltype(sqlite3_step) dblog_crash_sqlite3_step;
extern decltype(sqlite3_vfs_find) dblog_crash_sqlite3_vfs_find;
extern decltype(sqlite3_vfs_register) dblog_crash_sqlite3_vfs_register;
}
#pragma GCC visibility pop

namespace dblog::crash {

/// Puts the copy into the state of a fresh program (its variables as linked, its arena empty) and
/// configures it for the database at that absolute path. Whatever it had open is forgotten, not
/// closed: descriptors stay open, see sqlite_shims.cpp. Used at install, and at crash time when the
/// connection is no longer usable (another process after fork(), the file replaced). False if
/// SQLite refuses.
bool start_private_sqlite(const char* database) noexcept;

/// The name of the VFS to open the database with: it opens no file but the database's, and gathers
/// what goes into the log.
const char* private_sqlite_vfs() noexcept;

/// True if what the copy has open is still the file for `path` (src/base/open_file_place.hpp), and
/// every descriptor that it holds still the file that it opened: programs that become daemons close
/// descriptors that are not theirs, and the number may be another file now.
bool private_sqlite_has_open(const char* path) noexcept;

/// True if another file is at `path` by now, or what the copy has open was deleted.
bool private_sqlite_has_left(const char* path) noexcept;

/// Which file was not opened because of whose it is, and why; empty: none.
const char* private_sqlite_refusal() noexcept;

/// True if other programs deleted, replaced or truncated the log, its index (to touch that would be
/// a SIGBUS) or the database's content.
bool private_sqlite_files_are_replaced() noexcept;
bool private_sqlite_database_is_empty() noexcept;

/// True if another database was copied over what the copy has open (database_content.hpp). Only
/// while private_sqlite_has_open().
bool private_sqlite_database_is_overwritten() noexcept;
/// What is in the database now is right. Context: setup.
void remember_private_sqlite_content() noexcept;

/// Before the copy is started again for another database at the same path, or an empty one: deletes
/// the old one's log and index beside it.
void delete_old_private_sqlite_files() noexcept;

/// Gives back every lock that the copy holds, when it was interrupted and will not be used again.
void release_private_sqlite_locks() noexcept;

/// Stops keeping track of what is open now; it stays open.
void forget_private_sqlite_descriptors() noexcept;

/// The bytes of the write-ahead log that hold commits, and all that the file has; -1: not known.
/// What is behind the former is overwritten by the next commit.
std::int64_t private_sqlite_log_used() noexcept;
std::int64_t private_sqlite_log_size() noexcept;

/// Makes the log's file as large as `size` bytes, if the disk has them. Only with the write lock:
/// another writer's commit would be overwritten. Context: setup.
void private_sqlite_extend_log(std::int64_t size) noexcept;
void private_sqlite_sync_log() noexcept;

/// Closes what the copy holds open. Only right after fork(), in the child: nowhere else is it safe
/// (sqlite_shims.cpp). Context: setup; async-signal-safe.
void close_private_sqlite_descriptors() noexcept;

}  // namespace dblog::crash
