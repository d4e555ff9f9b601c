// The index of open messages, and samples.
#include "src/retention/held_bytes.hpp"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "src/retention/row_removal.hpp"

namespace dblog::retention {
namespace {

constexpr std::int64_t kSamples = 100;
// As the index says it, so that SQLite uses it.
constexpr const char* kIsOpen = "(state = 'pending' OR state = 'sending')";

// Long rows leave room in their pages that no other row has use for.
std::int64_t in_pages(std::int64_t bytes) {
  constexpr std::int64_t kPage = 4'096;
  if (bytes >= kPage) return (bytes / kPage + 1) * kPage;
  return bytes <= 0 ? 0 : kPage / (kPage / bytes);
}

using Rows = std::set<std::pair<const Source*, std::int64_t>>;

// Messages of several channels are about the same row, which takes its room once.
std::int64_t row_of_message(SQLite::Database& database, const std::vector<Source>& sources,
                            const std::string& table, std::int64_t id, Rows& seen) {
  const auto is_told = [&](const Source& source) {
    return std::find(source.in_outbox.begin(), source.in_outbox.end(), table) !=
           source.in_outbox.end();
  };
  const auto source = std::find_if(sources.begin(), sources.end(), is_told);
  if (source == sources.end() || !seen.emplace(&*source, id).second) return 0;
  try {
    return in_pages(bytes_of_row(database, *source, id));
  } catch (const SQLite::Exception& failure) {
    if (!is_fault_of_table(failure)) throw;
    return 0;  // dropped meanwhile
  }
}

std::int64_t held_of_channel(SQLite::Database& database, const std::vector<Source>& sources,
                             const std::string& channel, std::int64_t messages, Rows& seen) {
  SQLite::Statement row(database,
                        std::string("SELECT 250 + length(CAST(subject AS BLOB)) + "
                                    "length(CAST(body AS BLOB)), ifnull(source_table, ''), "
                                    "source_id FROM outbox WHERE channel = ?1 AND ") +
                            kIsOpen + " LIMIT ?2");
  row.bind(1, channel);
  row.bind(2, kSamples);
  std::int64_t samples = 0;
  std::int64_t bytes = 0;
  while (row.executeStep()) {
    ++samples;
    bytes += in_pages(row.getColumn(0).getInt64());
    bytes += row_of_message(database, sources, row.getColumn(1).getString(),
                            row.getColumn(2).getInt64(), seen);
  }
  return samples == 0 ? 0 : bytes / samples * messages;
}

}  // namespace

std::int64_t held_bytes(SQLite::Database& database, const std::vector<Source>& sources) {
  SQLite::Statement channel(database, std::string("SELECT channel, count(*) FROM outbox WHERE ") +
                                          kIsOpen + " GROUP BY channel");
  std::int64_t bytes = 0;
  Rows seen;
  while (channel.executeStep()) {
    bytes += held_of_channel(database, sources, channel.getColumn(0).getString(),
                             channel.getColumn(1).getInt64(), seen);
  }
  return bytes;
}

}  // namespace dblog::retention
