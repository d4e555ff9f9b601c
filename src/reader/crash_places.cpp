#include "src/reader/crash_places.hpp"

#include <SQLiteCpp/Statement.h>

#include "src/sqlite/row_reading.hpp"

namespace dblog::reader {

void add_group_states(SQLite::Database& database, std::vector<Entry>& entries) {
  if (!sqlite::has_table(database, "crash_group_states", "fingerprint")) return;
  SQLite::Statement state{database, "SELECT * FROM crash_group_states WHERE fingerprint = ?1"};
  for (Entry& entry : entries) {
    const auto fingerprint = entry.is_crash ? entry.row.text("fingerprint") : std::nullopt;
    if (!fingerprint) continue;
    state.reset();
    state.bind(1, *fingerprint);
    entry.group_state = sqlite::first_row(state);
  }
}

void add_places(SQLite::Database& database, std::vector<Entry>& entries) {
  if (!sqlite::has_table(database, "fingerprint_parts", "place")) return;
  if (!sqlite::has_table(database, "fingerprint_parts", "fingerprint")) return;
  SQLite::Statement place{database, "SELECT place FROM fingerprint_parts WHERE fingerprint = ?1"};
  for (Entry& entry : entries) {
    const auto fingerprint = entry.is_crash ? entry.row.text("fingerprint") : std::nullopt;
    if (!fingerprint) continue;
    place.reset();
    place.bind(1, *fingerprint);
    if (const auto row = sqlite::first_row(place)) entry.place = row->text("place");
  }
}

}  // namespace dblog::reader
