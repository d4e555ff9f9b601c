// Entries as JSON for scripts: keys are column names, in the tables' order; NULL is null. Always
// valid JSON and always ASCII (other characters as \uXXXX, bytes that are not UTF-8 as \ufffd), so
// that it can go to a terminal too.
#pragma once

#include <string>
#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::tool {

/// An array of objects: "table", then the table's columns; for an event "severity", "fields" (an
/// object: names and values), "fields_left_out", "tags" (an array of texts) and "tags_left_out".
std::string entries_json(const std::vector<reader::Entry>& entries);

/// One object: as above, then for a crash "what_happened", "signal_code_name", "group", "frames",
/// "threads", "registers", "breadcrumbs", for an event "stacks" (null, or the row of event_stacks
/// with "pushed" and "thrown", each with "fingerprint" and "frames"); then for both "hardware"
/// (with "details") and "outbox". A frame is its row and "source": null, or the lines around its
/// line (see may_name_sources() for `with_source`).
std::string details_json(const reader::Details& details, bool with_source);

/// One object: "groups", the rows of crash_groups, and "without_group", a number.
std::string groups_json(const reader::Groups& groups);

/// One object: the row of crash_groups, "place", "parts" (an array of texts).
std::string group_json(const reader::Group& group);

/// An array of objects, or one object, of the columns alone.
std::string rows_json(const std::vector<store::Row>& rows);
std::string row_json(const store::Row& row);

}  // namespace dblog::tool
