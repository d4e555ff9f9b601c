// Rows that are to be shown or sent, without what the rules in force name (src/scrub): for texts
// that were stored as they were, such as those of a crash.
#pragma once

#include "src/sqlite/row.hpp"

namespace dblog::sqlite {

/// Scrubs the columns that hold words of a program or of people, whichever of them the row has:
/// messages, tasks, notes, subjects, bodies, names of threads. Whether anything changed. Throws
/// nothing but std::bad_alloc.
bool scrub_row(Row& row);

/// The same for a row that is a named value (crash_fields, event_fields).
void scrub_field(Row& row);

}  // namespace dblog::sqlite
