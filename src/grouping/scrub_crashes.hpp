// Crashes that dying processes committed as they were, scrubbed in the database by the tool that
// comes after them (src/scrub).
// Threads: any.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>
#include <optional>

#include "src/base/result.hpp"

namespace dblog::grouping {

/// Scrubs what those of the crashes `first` to `last` said that have no fingerprint yet, and their
/// rows in the outbox. Does nothing without rules. Part of the transaction that gives them theirs,
/// so that a fingerprint means: scrubbed. `database` has the present schema and is open for
/// writing. Throws SQLite::Exception.
void scrub_new_crashes(SQLite::Database& database, std::int64_t first, std::int64_t last);

/// The same of all crashes, in a transaction of its own: some get no fingerprint for long. Waits
/// for others for 5 seconds at most. Why it could not be done: readers scrub what they show all the
/// same.
std::optional<base::Error> scrub_crashes(const std::filesystem::path& database);

}  // namespace dblog::grouping
