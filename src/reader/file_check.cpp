#include "src/reader/file_check.hpp"

#include <chrono>

#include "src/sqlite/read_connection.hpp"

namespace dblog::reader {

base::Result<FileCheck> check_file(const std::filesystem::path& database) {
  constexpr std::chrono::seconds kLongest{30};
  auto connection = sqlite::ReadConnection::open(database);
  if (!connection) return connection.error();
  return connection->read(
      [](SQLite::Database& sqlite) -> base::Result<FileCheck> {
        FileCheck check;
        check.schema = sqlite.execAndGet("PRAGMA user_version").getInt();
        std::string found = sqlite.execAndGet("PRAGMA quick_check(1)").getString();
        if (found != "ok") check.damage = std::move(found);
        return check;
      },
      kLongest);
}

}  // namespace dblog::reader
