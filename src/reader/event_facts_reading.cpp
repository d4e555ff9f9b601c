#include "src/reader/event_facts_reading.hpp"

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>
#include <vector>

#include "src/schema/event_words.hpp"
#include "src/sqlite/row_reading.hpp"

namespace dblog::reader {
namespace {

// The library writes less: 64 fields, 32 tags.
constexpr std::size_t kMostRead = 100;

class FactsReader {
 public:
  explicit FactsReader(SQLite::Database& database)
      : facts_(prepared(database, "event_facts", "source_id")),
        fields_(prepared(database, "event_fields", "number")),
        tags_(prepared(database, "event_tags", "tag")) {}

  EventFacts read(const EntryId& id) {
    EventFacts facts;
    facts.severity = schema::kUsualSeverityWord;
    bool is_truncated = false;
    for (const sqlite::Row& row : rows(facts_, id, is_truncated)) {
      facts.severity = row.text("severity").value_or(facts.severity);
      facts.fields_left_out = row.integer("fields_left_out").value_or(0);
      facts.tags_left_out = row.integer("tags_left_out").value_or(0);
    }
    facts.fields = rows(fields_, id, is_truncated);
    for (const sqlite::Row& row : rows(tags_, id, is_truncated)) {
      facts.tags.push_back(row.text("tag").value_or(""));
    }
    return facts;
  }

 private:
  using Statement = std::optional<SQLite::Statement>;

  // Nothing in a database of an older layout.
  static Statement prepared(SQLite::Database& database, const char* table, const char* order) {
    if (!sqlite::has_table(database, table, order)) return std::nullopt;
    return std::make_optional<SQLite::Statement>(
        database, std::string("SELECT * FROM ") + table +
                      " WHERE source_table = ?1 AND source_id = ?2 ORDER BY " + order);
  }

  static std::vector<sqlite::Row> rows(Statement& statement, const EntryId& id,
                                       bool& is_truncated) {
    if (!statement) return {};
    statement->reset();
    statement->bind(1, id.table);
    statement->bind(2, id.id);
    return sqlite::all_rows(*statement, kMostRead, is_truncated);
  }

  Statement facts_, fields_, tags_;
};

}  // namespace

void add_facts(SQLite::Database& database, std::span<Entry> entries) {
  FactsReader reader{database};
  for (Entry& entry : entries) {
    if (!entry.is_crash && !entry.is_hardware) entry.facts = reader.read(entry.id);
  }
}

}  // namespace dblog::reader
