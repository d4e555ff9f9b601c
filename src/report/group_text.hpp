// What is known of a crash's group, in words: whether the fault is new, and what a person decided.
// Used for messages and by the tool's pages.
#pragma once

#include <string>

#include "src/reader/reader.hpp"
#include "src/sqlite/row.hpp"

namespace dblog::report {

/// Whether a crash is news: "new", "known since 2026-01-31 12:00:00", or "regressed: it was
/// resolved in release 1.4 on 2026-01-31 12:00:00, and came back in release 1.5". Empty if nothing
/// is kept of its group.
[[nodiscard]] std::string standing_text(const reader::Details& crash);

/// Of a row of crash_group_states: "open", "resolved in release 1.4", "regressed in release 1.5 (it
/// was resolved in release 1.4)", "ignored", "muted until 2026-01-31 12:00:00".
[[nodiscard]] std::string group_state_text(const sqlite::Row& state);

/// The same for a column of a list: "resolved", "regressed", without their releases.
[[nodiscard]] std::string short_group_state_text(const sqlite::Row& state);

}  // namespace dblog::report
