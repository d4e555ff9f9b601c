#include "src/outbox/kept_parts.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "src/sqlite/statement_use.hpp"

namespace dblog::outbox {
namespace {

// In the order of PartKind.
constexpr std::string_view kKinds[] = {"summary", "words", "fact", "code"};

constexpr const char* kForgetParts = "DELETE FROM outbox_parts WHERE carrier_id = ?1";
constexpr const char* kInsert =
    "INSERT INTO outbox_parts (carrier_id, number, kind, name, at, size) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
constexpr const char* kSelect =
    "SELECT kind, name, at, size FROM outbox_parts WHERE carrier_id = ?1 ORDER BY number "
    "LIMIT ?2";

}  // namespace

void keep_parts(OutboxDatabase& database, std::int64_t lead,
                const std::vector<text::MessagePart>& parts) {
  database.execute(kForgetParts, lead);
  if (parts.size() > kMostParts) return;
  std::int64_t number = 0;
  for (const text::MessagePart& part : parts) {
    database.execute(kInsert, lead, number++,
                     std::string(kKinds[static_cast<std::size_t>(part.kind)]), part.name,
                     static_cast<std::int64_t>(part.at), static_cast<std::int64_t>(part.size));
  }
}

std::vector<text::MessagePart> kept_parts(OutboxDatabase& database, std::int64_t lead) {
  std::vector<text::MessagePart> parts;
  const sqlite::StatementUse row(database.prepared(kSelect));
  row->bind(1, lead);
  row->bind(2, static_cast<std::int64_t>(kMostParts));
  while (row->executeStep()) {
    const auto* const kind =
        std::find(std::begin(kKinds), std::end(kKinds), row->getColumn(0).getString());
    const std::int64_t at = row->getColumn(2).getInt64(), size = row->getColumn(3).getInt64();
    if (kind == std::end(kKinds) || at < 0 || size < 0) return {};
    parts.push_back({static_cast<text::PartKind>(kind - std::begin(kKinds)),
                     row->getColumn(1).getString(), static_cast<std::size_t>(at),
                     static_cast<std::size_t>(size)});
  }
  return parts;
}

}  // namespace dblog::outbox
