#include "src/retention/unused_groups.hpp"

#include <SQLiteCpp/Statement.h>

namespace dblog::retention {
namespace {

constexpr const char* kParts =
    "DELETE FROM fingerprint_parts WHERE fingerprint = ?1 AND "
    "NOT EXISTS (SELECT 1 FROM crashes WHERE fingerprint = ?1) AND "
    "NOT EXISTS (SELECT 1 FROM stacks WHERE fingerprint = ?1)";
constexpr const char* kStates =
    "DELETE FROM crash_group_states WHERE fingerprint = ?1 AND state = 'open' AND note IS NULL AND "
    "NOT EXISTS (SELECT 1 FROM crashes WHERE fingerprint = ?1)";
// After the two: a group of which anything is left keeps what leads to it.
constexpr const char* kAliases =
    "DELETE FROM fingerprint_aliases WHERE named = ?1 AND "
    "NOT EXISTS (SELECT 1 FROM fingerprint_parts WHERE fingerprint = ?1) AND "
    "NOT EXISTS (SELECT 1 FROM crash_group_states WHERE fingerprint = ?1)";

}  // namespace

void forget_unused_groups(SQLite::Database& database,
                          const std::vector<std::string>& fingerprints) {
  for (const char* sql : {kParts, kStates, kAliases}) {
    SQLite::Statement forget(database, sql);
    for (const std::string& fingerprint : fingerprints) {
      forget.reset();
      forget.bind(1, fingerprint);
      forget.exec();
    }
  }
}

}  // namespace dblog::retention
