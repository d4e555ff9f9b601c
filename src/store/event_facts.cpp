// Writes the facts with prepared statements.
#include "src/store/event_facts.hpp"

#include <string>
#include <type_traits>
#include <variant>

#include "src/schema/event_words.hpp"
#include "src/schema/schema.hpp"
#include "src/sqlite/statement_use.hpp"

namespace dblog::store {
namespace {

static_assert(std::size(schema::kFieldTypeWords) == std::variant_size_v<FieldValue::Held>);
static_assert(static_cast<std::size_t>(Severity::error) == schema::kUsualSeverity);

void bind_value(SQLite::Statement& statement, int index, const FieldValue::Held& value) {
  std::visit(
      [&](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::string>) {
          statement.bindNoCopy(index, held);
        } else if constexpr (std::is_same_v<Held, bool>) {
          statement.bind(index, held ? 1 : 0);
        } else {
          statement.bind(index, held);
        }
      },
      value);
}

}  // namespace

void EventFactsWriter::insert(const sqlite::TableName& table, std::int64_t id,
                              const EventFactsRow& row) {
  const bool is_usual =
      row.severity == Severity::error && row.fields_left_out == 0 && row.tags_left_out == 0;
  if (!is_usual) insert_facts(table, id, row);
  std::int64_t number = 0;
  for (const Field& field : row.fields) insert_field(table, id, ++number, field);
  for (const std::string& tag : row.tags) insert_tag(table, id, tag);
}

void EventFactsWriter::insert_facts(const sqlite::TableName& table, std::int64_t id,
                                    const EventFactsRow& row) {
  const sqlite::StatementUse facts(prepared(facts_, schema::kInsertEventFacts));
  facts->bindNoCopy(1, table.text());
  facts->bind(2, id);
  facts->bind(3, std::string(schema::severity_word(static_cast<std::size_t>(row.severity))));
  facts->bind(4, row.fields_left_out);
  facts->bind(5, row.tags_left_out);
  facts->exec();
}

void EventFactsWriter::insert_field(const sqlite::TableName& table, std::int64_t id,
                                    std::int64_t number, const Field& field) {
  const FieldValue::Held& value = field.value.held();
  const sqlite::StatementUse row(prepared(field_, schema::kInsertEventField));
  row->bindNoCopy(1, table.text());
  row->bind(2, id);
  row->bind(3, number);
  row->bindNoCopy(4, field.name);
  row->bind(5, std::string(schema::kFieldTypeWords[value.index()]));
  bind_value(*row, 6, value);
  row->exec();
}

void EventFactsWriter::insert_tag(const sqlite::TableName& table, std::int64_t id,
                                  const std::string& tag) {
  const sqlite::StatementUse row(prepared(tag_, schema::kInsertEventTag));
  row->bindNoCopy(1, table.text());
  row->bind(2, id);
  row->bindNoCopy(3, tag);
  row->exec();
}

SQLite::Statement& EventFactsWriter::prepared(std::optional<SQLite::Statement>& statement,
                                              const char* sql) {
  if (!statement) statement.emplace(database_, sql);
  return *statement;
}

}  // namespace dblog::store
