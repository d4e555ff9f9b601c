#include "src/reader/reader.hpp"

#include <utility>

#include "src/reader/details_reading.hpp"
#include "src/reader/group_reading.hpp"
#include "src/reader/list_reading.hpp"
#include "src/sqlite/read_connection.hpp"

namespace dblog::reader {

struct Reader::State {
  store::ReadConnection connection;
};

Reader::Reader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

base::Result<Reader> Reader::open(const std::filesystem::path& database) {
  auto connection = store::ReadConnection::open(database);
  if (!connection) return connection.error();
  return Reader{std::make_unique<State>(State{std::move(*connection)})};
}

base::Result<std::vector<Entry>> Reader::newest(const ListQuery& query) {
  return state_->connection.read(
      [&](SQLite::Database& database) { return read_newest(database, query); });
}

base::Result<Details> Reader::details(const EntryId& id) {
  return state_->connection.read(
      [&](SQLite::Database& database) { return read_details(database, id); });
}

base::Result<Details> Reader::core(const EntryId& id) {
  return state_->connection.read(
      [&](SQLite::Database& database) { return read_core(database, id); });
}

base::Result<Groups> Reader::groups(std::int64_t limit) {
  return state_->connection.read(
      [&](SQLite::Database& database) { return read_groups(database, limit); });
}

base::Result<std::string> Reader::fingerprint(const std::string& beginning) {
  return state_->connection.read(
      [&](SQLite::Database& database) { return find_fingerprint(database, beginning); });
}

base::Result<Group> Reader::group(const std::string& fingerprint) {
  return state_->connection.read([&](SQLite::Database& database) -> base::Result<Group> {
    return read_group(database, fingerprint);
  });
}

}  // namespace dblog::reader
