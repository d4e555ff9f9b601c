// Entries as JSON for scripts: keys are column names, in the tables' order; NULL is null. Always
// valid JSON and always ASCII (other characters as \uXXXX, bytes that are not UTF-8 as \ufffd), so
// that it can go to a terminal too.
#pragma once

#include <string>
#include <vector>

#include "src/store/reader.hpp"

namespace dblog::tool {

/// An array of objects: "table", then the table's columns.
std::string entries_json(const std::vector<store::Entry>& entries);

/// One object: as above, then for a crash "frames", then "hardware" (with "details") and "outbox".
std::string details_json(const store::Details& details);

/// An array of objects, or one object, of the columns alone.
std::string rows_json(const std::vector<store::Row>& rows);
std::string row_json(const store::Row& row);

}  // namespace dblog::tool
