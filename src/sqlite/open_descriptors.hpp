// The descriptors that the program's SQLite has open for our databases. A program may close what it
// did not open, as daemons do when they start, and get the numbers for files of its own. SQLite
// knows its files by these numbers: it would write into those of the program, lock and close them.
// So each number is noted with its file, is compared before each task (has_lost()), and a
// connection that has lost one is closed without touching what the number is now (Leaving).
//
// The program's SQLite may have the program's own databases open, too, under the same numbers by
// now: what it does with them passes through here unchanged.
// Used by file_guard and GuardedDatabase. Threads: any. Takes no locks: also for forked children.
#pragma once

namespace dblog::sqlite {

/// One of our databases; what stands behind it is the caller's.
using DatabaseKey = const void*;

/// Of the open(), close() and fcntl() that SQLite calls (file_guard.cpp).
/// `database`: nullptr for the program's own.
void note_opened(int descriptor, DatabaseKey database) noexcept;
/// False if the number is not SQLite's any more: do not close it.
[[nodiscard]] bool note_closed(int descriptor) noexcept;
[[nodiscard]] bool may_be_locked(int descriptor) noexcept;

/// The program has closed a descriptor that its SQLite has for this database: nothing may be done
/// with the connection but to leave it. One system call for each descriptor, usually three.
[[nodiscard]] bool has_lost_descriptors(DatabaseKey database) noexcept;

/// While it lives, this thread closes a connection to the database, and SQLite's close() and
/// fcntl() do nothing to descriptors that are lost.
class Leaving {
 public:
  explicit Leaving(DatabaseKey database) noexcept;
  ~Leaving();
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;
};

}  // namespace dblog::sqlite
