#include "src/reader/crash_places.hpp"

#include <SQLiteCpp/Statement.h>

#include "src/sqlite/row_reading.hpp"

namespace dblog::reader {

void add_places(SQLite::Database& database, std::vector<Entry>& entries) {
  if (!store::has_table(database, "fingerprint_parts", "place")) return;
  if (!store::has_table(database, "fingerprint_parts", "fingerprint")) return;
  SQLite::Statement place{database, "SELECT place FROM fingerprint_parts WHERE fingerprint = ?1"};
  for (Entry& entry : entries) {
    const auto fingerprint = entry.is_crash ? entry.row.text("fingerprint") : std::nullopt;
    if (!fingerprint) continue;
    place.reset();
    place.bind(1, *fingerprint);
    if (const auto row = store::first_row(place)) entry.place = row->text("place");
  }
}

}  // namespace dblog::reader
