// Events and snapshots of the hardware, with what belongs to them.
// Used by merge_database.cpp only.
#pragma once

#include <SQLiteCpp/Database.h>

#include <functional>
#include <string>

#include "src/merge/merge_database.hpp"
#include "src/merge/target.hpp"

namespace dblog::merge {

using Step = std::function<void(const std::string& what)>;

/// Rows of hw_logs and hw_details.
void merge_hardware(SQLite::Database& source, Target& target, MergeReport& report);

/// Stacks, then each table of events. After the processes.
void merge_events(SQLite::Database& source, Target& target, const std::string& path,
                  MergeReport& report, const Step& step);

}  // namespace dblog::merge
