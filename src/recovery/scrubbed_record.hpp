// The record of a black box, without what the rules in force name (src/scrub), before it becomes a
// row.
#pragma once

#include "handlers/record/crash_record.hpp"

namespace dblog::recovery {

/// Scrubs the message, the note, breadcrumbs, context and the threads' names. A text that becomes
/// too long is cut. Throws nothing but std::bad_alloc.
void scrub_record(crash::CrashRecord& record);

}  // namespace dblog::recovery
