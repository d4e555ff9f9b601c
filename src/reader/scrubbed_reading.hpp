// What was read, without what the rules in force name (src/scrub): nothing else leaves the reader.
#pragma once

#include <vector>

#include "src/reader/reader.hpp"

namespace dblog::reader {

void scrub(std::vector<sqlite::Row>& rows);
void scrub(Entry& entry);
void scrub(std::vector<Entry>& entries);
void scrub(Details& details);
void scrub(Group& group);
void scrub(Groups& groups);
void scrub(Statistics& statistics);
void scrub(Counts& counts);

}  // namespace dblog::reader
