#include "src/reader/reader.hpp"

#include <utility>

#include "src/reader/counts_reading.hpp"
#include "src/reader/details_reading.hpp"
#include "src/reader/group_reading.hpp"
#include "src/reader/list_reading.hpp"
#include "src/reader/name_search.hpp"
#include "src/reader/overview_reading.hpp"
#include "src/reader/readable_tables.hpp"
#include "src/reader/scrubbed_reading.hpp"
#include "src/reader/statistics_reading.hpp"
#include "src/sqlite/read_connection.hpp"

namespace dblog::reader {
namespace {

template <typename Found>
base::Result<Found> scrubbed(base::Result<Found> found) {
  if (found) scrub(*found);
  return found;
}

}  // namespace

struct Reader::State {
  sqlite::ReadConnection connection;
};

Reader::Reader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

base::Result<Reader> Reader::open(const std::filesystem::path& database) {
  auto connection = sqlite::ReadConnection::open(database);
  if (!connection) return connection.error();
  return Reader{std::make_unique<State>(State{std::move(*connection)})};
}

base::Result<std::vector<Entry>> Reader::newest(const ListQuery& query) {
  return scrubbed(state_->connection.read(
      [&](SQLite::Database& database) { return read_newest(database, query); }));
}

base::Result<std::vector<std::string>> Reader::tables() {
  return state_->connection.read(
      [](SQLite::Database& database) -> base::Result<std::vector<std::string>> {
        std::vector<std::string> names;
        for (Table& table : find_tables(database)) names.push_back(std::move(table.name));
        return names;
      });
}

base::Result<Counts> Reader::counts(const EntryFilter& filter) {
  return scrubbed(state_->connection.read([&](SQLite::Database& database) -> base::Result<Counts> {
    return read_counts(database, filter);
  }));
}

base::Result<Details> Reader::details(const EntryId& id) {
  return scrubbed(state_->connection.read(
      [&](SQLite::Database& database) { return read_details(database, id); }));
}

base::Result<Details> Reader::core(const EntryId& id) {
  return scrubbed(
      state_->connection.read([&](SQLite::Database& database) { return read_core(database, id); }));
}

base::Result<Groups> Reader::groups(std::int64_t limit) {
  return scrubbed(state_->connection.read(
      [&](SQLite::Database& database) { return read_groups(database, limit); }));
}

base::Result<std::string> Reader::fingerprint(const std::string& name) {
  return state_->connection.read(
      [&](SQLite::Database& database) { return find_fingerprint(database, name); });
}

base::Result<EntryId> Reader::crash(const std::string& name) {
  return state_->connection.read([&](SQLite::Database& database) -> base::Result<EntryId> {
    const auto id = find_crash(database, name);
    if (!id) return id.error();
    return EntryId{kCrashTable, *id};
  });
}

base::Result<Group> Reader::group(const std::string& fingerprint) {
  return scrubbed(state_->connection.read([&](SQLite::Database& database) -> base::Result<Group> {
    return read_group(database, fingerprint);
  }));
}

base::Result<Overview> Reader::overview() {
  return state_->connection.read(
      [](SQLite::Database& database) -> base::Result<Overview> { return read_overview(database); });
}

base::Result<Statistics> Reader::statistics(const StatisticsQuery& query) {
  return scrubbed(
      state_->connection.read([&](SQLite::Database& database) -> base::Result<Statistics> {
        return read_statistics(database, query);
      }));
}

base::Result<std::vector<sqlite::Row>> Reader::hardware_around(const std::string& date) {
  return scrubbed(state_->connection.read(
      [&](SQLite::Database& database) -> base::Result<std::vector<sqlite::Row>> {
        return read_hardware_around(database, date);
      }));
}

}  // namespace dblog::reader
