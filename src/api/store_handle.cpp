// A path, and later the store for it.
#include "src/api/store_handle.hpp"

#include <system_error>

#include "src/api/default_database.hpp"

namespace dblog {

StoreHandle::StoreHandle(const std::filesystem::path& database) : database_(database) {
  if (database.empty()) return;
  std::error_code failed;
  auto absolute = std::filesystem::absolute(database, failed);
  if (!failed) database_ = std::move(absolute);
}

Result<store::Store*> StoreHandle::find() {
  if (store::Store* known = found_.load()) return known;
  auto path = database_.empty() ? default_database() : Result<std::filesystem::path>(database_);
  if (!path) return path.error();
  auto store = store::Store::at(*path);
  if (store) found_.store(*store);
  return store;
}

}  // namespace dblog
