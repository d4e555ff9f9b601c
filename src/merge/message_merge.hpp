// Messages that are done with, as history. Used by merge_database.cpp only.
#pragma once

#include <SQLiteCpp/Database.h>

#include "src/merge/merge_database.hpp"
#include "src/merge/target.hpp"

namespace dblog::merge {

/// Rows of outbox that were sent or suppressed, with the texts that were sent. Those that wait, are
/// being sent or are dead could be sent again from either database: they stay in the source. After
/// crashes and events.
void merge_messages(SQLite::Database& source, Target& target, MergeReport& report);

}  // namespace dblog::merge
