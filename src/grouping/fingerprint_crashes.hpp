// Fills in the fingerprints of crashes and of handled errors' stacks. The caller names the frames
// before that (src/symbols/). A fingerprint that is there changes only as regroup.hpp says: a crash
// with names takes those along that are at the same positions without.
#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>

#include "src/base/result.hpp"
#include "src/grouping/regroup.hpp"

namespace dblog::grouping {

struct FingerprintCounts {
  std::int64_t crashes = 0;
  std::int64_t stacks = 0;
};

/// Fills `crashes.fingerprint` and `stacks.fingerprint` where they are NULL, of `limit` rows of
/// each at most, the oldest first, `fingerprint_parts` with what they were made of, and
/// `crash_group_states`: since when a group is known, and whether it has regressed. What a crash
/// said is scrubbed in the same transaction (scrub_crashes.hpp). Those whose frames dblog has not
/// tried to name yet are left for later. Returns how many were filled; call again while any were.
///
/// `database` has the present schema and is open for writing. Outside of a transaction, rows are
/// read first and written in a transaction of their own, so that others wait for the writing
/// only. Two who do it at once do no harm. Never throws.
base::Result<FingerprintCounts> fingerprint_crashes(SQLite::Database& database, std::int64_t limit,
                                                    const OnMoved& on_moved = {});

/// The same on a connection of its own, which waits for others for 5 seconds at most. Makes no
/// file, and leaves a database of another schema as it is. Fails as the store does.
base::Result<FingerprintCounts> fingerprint_crashes(const std::filesystem::path& database,
                                                    std::int64_t limit,
                                                    const OnMoved& on_moved = {});

}  // namespace dblog::grouping
