// An event in short words. What is returned may hold stored text: escape it.
#pragma once

#include <string>
#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::report {

/// For a list: "[warning] payment refused  order=4711 bank=DE-12 #payment". A severity that is the
/// usual one is not named.
[[nodiscard]] std::string event_headline(const reader::Entry& event);

/// "order = 4711", "is_new = true".
[[nodiscard]] std::string field_text(const sqlite::Row& field);

/// A line for each field, then "(12 more were not kept)" if so many were too many.
[[nodiscard]] std::vector<std::string> field_lines(const reader::EventFacts& facts);

/// Rows of event_fields or crash_fields, a line each.
[[nodiscard]] std::vector<std::string> field_lines(const std::vector<sqlite::Row>& fields);

/// "payment, retry", with how many more there were; empty without any.
[[nodiscard]] std::string tags_text(const reader::EventFacts& facts);

}  // namespace dblog::report
