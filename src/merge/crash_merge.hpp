// Crashes with what belongs to them, the processes that wrote rows, and what is known and decided
// of groups. Used by merge_database.cpp only.
#pragma once

#include <SQLiteCpp/Database.h>

#include "src/merge/merge_database.hpp"
#include "src/merge/target.hpp"

namespace dblog::merge {

/// Rows of dblog_processes and dblog_exits. Of a process that is known, its end if the target does
/// not have one so late.
void merge_processes(SQLite::Database& source, Target& target, MergeReport& report);

/// After the snapshots of hardware and the processes.
void merge_crashes(SQLite::Database& source, Target& target, MergeReport& report);

/// After the crashes.
void merge_groups(SQLite::Database& source, Target& target, MergeReport& report);

}  // namespace dblog::merge
