#include "src/merge/message_merge.hpp"

#include <SQLiteCpp/Statement.h>

#include <optional>
#include <string>

#include "src/merge/row_copy.hpp"
#include "src/sqlite/row_reading.hpp"

namespace dblog::merge {
namespace {

// A copy of the source, made while it waited: it must not go out a second time. What is claimed or
// counted in a message of the target is beyond recall.
constexpr const char* kSentElsewhere =
    "UPDATE outbox SET state = 'sent', (sent, sent_utc) = (?2, ?3), next_attempt = NULL, "
    "next_attempt_utc = NULL WHERE id = ?1 AND state = 'pending' AND id NOT IN (SELECT outbox_id "
    "FROM outbox_folds UNION ALL SELECT carrier_id FROM outbox_digests)";

// What it is about may be pruned by now.
std::optional<std::int64_t> source_of(Target& target, const SQLite::Statement& row, int first) {
  const SQLite::Column table = row.getColumn(first);
  const SQLite::Column id = row.getColumn(first + 1);
  return id.isInteger() ? target.id_of(table.getString(), id.getInt64()) : std::nullopt;
}

void note_sent(Target& target, std::int64_t id, const SQLite::Statement& row, int first) {
  target.work([&](SQLite::Database& database) {
    SQLite::Statement note{database, kSentElsewhere};
    note.bind(1, id);
    bind_value(note, 2, row.getColumn(first));
    bind_value(note, 3, row.getColumn(first + 1));
    note.exec();
  });
}

void merge_texts(SQLite::Database& source, Target& target) {
  const auto message = [&](std::int64_t id) { return target.id_of("outbox", id); };
  RowCopy digests{source, target, "outbox_digests", {{"carrier_id", message, true}}};
  RowCopy parts{source, target, "outbox_parts", {{"carrier_id", message, true}}};
  RowCopy members{source,
                  target,
                  "outbox_folds",
                  {{"outbox_id", message, true}, {"carrier_id", message, true}}};
  if (!digests.has("is_settled")) return;
  const std::string settled =
      " WHERE carrier_id IN (SELECT carrier_id FROM outbox_digests WHERE is_settled = 1)";
  digests.add_all(settled);
  parts.add_all(settled);
  members.add_all(settled);
}

}  // namespace

void merge_messages(SQLite::Database& source, Target& target, MergeReport& report) {
  std::optional<std::int64_t> about;
  RowCopy messages{
      source, target, "outbox", {{"source_id", [&](std::int64_t) { return about; }}}, {"id"}};
  if (!messages.has("uuid") || !messages.has("source_id") || !messages.has("sent")) return;
  const std::string sent_utc = messages.has("sent_utc") ? "sent_utc" : "NULL";
  SQLite::Statement rows{
      source, "SELECT id, uuid, source_table, source_id, state = 'sent', sent, " + sent_utc + ", " +
                  messages.selected() +
                  " FROM outbox WHERE state IN ('sent', 'suppressed') AND "
                  "typeof(uuid) = 'text' AND typeof(id) = 'integer' ORDER BY id"};
  while (rows.executeStep()) {
    const std::int64_t id = rows.getColumn(0).getInt64();
    const auto known =
        target.number("SELECT id FROM outbox WHERE uuid = ?1", rows.getColumn(1).getString());
    if (known) {
      target.note_id("outbox", id, *known);
      if (rows.getColumn(4).getInt() == 1) note_sent(target, *known, rows, 5);
      continue;
    }
    about = source_of(target, rows, 2);
    const SQLite::Column table = rows.getColumn(2);
    messages.write("source_table", table.isText()
                                       ? std::optional{target.spelling_of(table.getString())}
                                       : std::nullopt);
    const auto added = messages.add(rows, 7);
    if (!added) continue;
    ++report.messages;
    target.note_id("outbox", id, *added);
  }
  merge_texts(source, target);
  SQLite::Statement waiting{source,
                            "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')"};
  if (waiting.executeStep()) report.waiting = waiting.getColumn(0).getInt64();
}

}  // namespace dblog::merge
