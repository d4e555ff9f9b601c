// A path, and later the store for it.
#include "src/api/store_handle.hpp"

#include <unistd.h>

#include <chrono>
#include <exception>
#include <utility>

#include "src/api/default_database.hpp"
#include "src/api/program_process.hpp"
#include "src/config/trust_setting.hpp"

namespace dblog::api {

StoreHandle::StoreHandle(const std::filesystem::path& database) : database_(database) {
  if (database.empty()) return;
  if (auto absolute = absolute_database(database)) database_ = *std::move(absolute);
}

base::Result<store::Store*> StoreHandle::find() {
  if (store::Store* known = found_.load()) return known;
  (void)config::adopt_trust_setting();  // install_handlers() says what is wrong with it
  const auto path = database_.empty() ? default_database() : absolute_database(database_);
  if (!path) return path.error();
  auto store = store::Store::at(*path);
  record_this_process();
  if (store) found_.store(*store);
  return store;
}

void open_stores_of_root(std::int64_t wait_ns) noexcept {
  if (::geteuid() != 0) return;
  try {
    store::Store::open_all(sqlite::RetryBackoff::Clock::now() + std::chrono::nanoseconds{wait_ns});
  } catch (const std::exception&) {
    // No memory: what is not opened says so at its next push.
  }
}

}  // namespace dblog::api
