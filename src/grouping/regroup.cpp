#include "src/grouping/regroup.hpp"

#include <sstream>

#include "src/grouping/crash_group_states.hpp"
#include "src/sqlite/row_reading.hpp"

namespace dblog::grouping {
namespace {

// Bounds how long the database is locked: beyond these, rows follow when they are named.
constexpr std::int64_t kMostRows = 10'000;

void set_fingerprint(SQLite::Database& database, const GroupedRow& row, const std::string& text) {
  SQLite::Statement update{database, row.is_crash
                                         ? "UPDATE crashes SET fingerprint = ?1 WHERE id = ?2"
                                         : "UPDATE stacks SET fingerprint = ?1 WHERE id = ?2"};
  update.bind(1, text);
  update.bind(2, row.id);
  update.exec();
}

std::vector<std::int64_t> rows_of_group(SQLite::Database& database, bool is_crash,
                                        const std::string& fingerprint) {
  SQLite::Statement rows{database, std::string("SELECT id FROM ") +
                                       (is_crash ? "crashes" : "stacks") +
                                       " WHERE fingerprint = ?1 ORDER BY id LIMIT ?2"};
  rows.bind(1, fingerprint);
  rows.bind(2, kMostRows);
  std::vector<std::int64_t> ids;
  while (rows.executeStep()) ids.push_back(rows.getColumn(0).getInt64());
  return ids;
}

void forget_unused_parts(SQLite::Database& database, const std::string& fingerprint) {
  SQLite::Statement forget{database,
                           "DELETE FROM fingerprint_parts WHERE fingerprint = ?1 AND NOT EXISTS "
                           "(SELECT 1 FROM crashes WHERE fingerprint = ?1) AND NOT EXISTS "
                           "(SELECT 1 FROM stacks WHERE fingerprint = ?1)"};
  forget.bind(1, fingerprint);
  forget.exec();
}

// `row` itself and those of the group `from` that are at its positions: their names are the same.
void move_rows(SQLite::Database& database, const GroupedRow& row, const std::string& from,
               const std::string& to, const std::string& unnamed, const OnMoved& on_moved) {
  if (from.empty() || from == to) return;
  FingerprintReader reader{database};
  const auto is_same = [&](const GroupedRow& other) {
    if (other.id == row.id || from == unnamed) return true;
    const auto its = unnamed.empty() ? std::nullopt : reader.read(other);
    return its && its->unnamed == unnamed;
  };
  MovedCrashes moved{from, to, {}};
  for (const std::int64_t id : rows_of_group(database, row.is_crash, from)) {
    if (!is_same({row.is_crash, id})) continue;
    set_fingerprint(database, {row.is_crash, id}, to);
    moved.crashes.push_back(id);
  }
  if (moved.crashes.empty()) return;
  if (row.is_crash) {
    CrashGroups{database}.merge(from, to);
    if (on_moved) on_moved(database, moved);
  }
  forget_unused_parts(database, from);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream rest{text};
  for (std::string line; std::getline(rest, line);) lines.push_back(line);
  return lines;
}

}  // namespace

FingerprintAliases::FingerprintAliases(SQLite::Database& database) : database_(database) {
  if (!sqlite::has_table(database, "fingerprint_aliases", "named")) return;
  find_.emplace(database,
                "SELECT named, parts FROM fingerprint_aliases AS a JOIN fingerprint_parts AS p ON "
                "p.fingerprint = a.named WHERE a.fingerprint = ?1");
  add_.emplace(database, "INSERT OR REPLACE INTO fingerprint_aliases VALUES (?1, ?2)");
}

std::optional<FingerprintAliases::Alias> FingerprintAliases::find(const std::string& unnamed) {
  if (!find_ || unnamed.empty()) return std::nullopt;
  find_->reset();
  find_->bind(1, unnamed);
  if (!find_->executeStep()) return std::nullopt;
  Alias alias{find_->getColumn(0).getString(), lines_of(find_->getColumn(1).getString())};
  find_->reset();
  return alias;
}

std::string FingerprintAliases::group_of(const StoredFingerprint& fingerprint) {
  const auto alias = find(fingerprint.unnamed);
  const bool is_as_good = alias && fingerprint.names_in(alias->parts) >=
                                       fingerprint.names_in(fingerprint.present.parts);
  return is_as_good ? alias->named : fingerprint.present.text;
}

void FingerprintAliases::add(const GroupedRow& row, const StoredFingerprint& fingerprint,
                             const OnMoved& on_moved) {
  if (!fingerprint.has_names()) return;
  const auto before = find(fingerprint.unnamed);
  const std::string group = group_of(fingerprint);
  if (add_ && !(before && before->named == group)) {
    add_->reset();
    add_->bind(1, fingerprint.unnamed);
    add_->bind(2, group);
    add_->exec();
  }
  move_rows(database_, row, fingerprint.unnamed, group, fingerprint.unnamed, on_moved);
  if (before) move_rows(database_, row, before->named, group, fingerprint.unnamed, on_moved);
}

void note_parts(SQLite::Database& database, const Fingerprint& fingerprint) {
  SQLite::Statement parts{database, "INSERT OR IGNORE INTO fingerprint_parts VALUES (?1, ?2, ?3)"};
  parts.bind(1, fingerprint.text);
  if (!fingerprint.place.empty()) parts.bind(2, fingerprint.place);
  std::string text;
  for (const std::string& part : fingerprint.parts) text += (text.empty() ? "" : "\n") + part;
  parts.bind(3, text);
  parts.exec();
}

void regroup(SQLite::Database& database, const GroupedRow& row, const OnMoved& on_moved) {
  const auto found = FingerprintReader{database}.read(row);
  const std::string version = std::to_string(kVersion) + ":";
  if (!found || !found->stored.starts_with(version) || found->stored == found->present.text) return;
  FingerprintAliases aliases{database};
  const std::string group = aliases.group_of(*found);
  if (group == found->stored) return;
  if (group == found->present.text) note_parts(database, found->present);
  move_rows(database, row, found->stored, group, found->unnamed, on_moved);
  aliases.add(row, *found, on_moved);
}

}  // namespace dblog::grouping
