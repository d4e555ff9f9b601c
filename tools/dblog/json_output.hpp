// Entries as JSON for scripts: keys are column names, in the tables' order; NULL is null. Always
// valid JSON and always ASCII (other characters as \uXXXX, bytes that are not UTF-8 as \ufffd), so
// that it can go to a terminal too.
#pragma once

#include <string>
#include <vector>

#include "src/reader/reader.hpp"
#include "tools/dblog/source_excerpt.hpp"

namespace dblog::tool {

/// For people and scripts, over several lines; or on one line; or for JavaScript: on one line, and
/// whole numbers from 2^53 on, which it would round, are texts.
enum class JsonLayout { readable, line, browser };

/// An array of objects: "table", then the table's columns; for a crash "group_state" (null, or the
/// row of crash_group_states); for an event "severity", "fields" (an
/// object: names and values), "fields_left_out", "tags" (an array of texts) and "tags_left_out".
std::string entries_json(const std::vector<reader::Entry>& entries);

/// One of these objects, on one line.
std::string entry_json_line(const reader::Entry& entry);

/// One object: as above, then for a crash "what_happened", "signal_code_name", "group",
/// "standing" (null, or whether it is news), "frames", "threads", "registers", "noexcept" (null, or
/// the row of crash_noexcept), "breadcrumbs", for an event "stacks" (null, or the row of
/// event_stacks with "pushed" and "thrown", each with "fingerprint" and "frames"); then for both
/// "hardware" (with "details") and "outbox". A frame is its row and "source": null, or the lines
/// around its line (if `sources` may be read).
std::string details_json(const reader::Details& details, const SourceFiles& sources,
                         JsonLayout layout = JsonLayout::readable);

/// One object: "groups", the rows of crash_groups, each with "state" (null, or the row of
/// crash_group_states), and "without_group", a number.
std::string groups_json(const reader::Groups& groups, JsonLayout layout = JsonLayout::readable);

/// One object: the row of crash_groups, "place", "parts" (an array of texts), "state" as above.
std::string group_json(const reader::Group& group);

/// An array of objects, or one object, of the columns alone.
std::string rows_json(const std::vector<sqlite::Row>& rows,
                      JsonLayout layout = JsonLayout::readable);
std::string row_json(const sqlite::Row& row);

}  // namespace dblog::tool
