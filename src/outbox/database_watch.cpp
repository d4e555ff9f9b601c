#include "src/outbox/database_watch.hpp"

#include <utility>

#include "src/outbox/due_work.hpp"
#include "src/outbox/outbox_queue.hpp"

namespace dblog::outbox {

base::Result<std::unique_ptr<DatabaseWatch>> DatabaseWatch::open(
    const std::filesystem::path& path) {
  auto database = OutboxDatabase::open(path);
  if (!database) return database.error();
  auto files = FileWatch::open(path);
  if (!files) {
    base::Error error = files.error();
    error.why += "; run dblog flush from cron instead";
    return error;
  }
  return std::unique_ptr<DatabaseWatch>(new DatabaseWatch(std::move(*database), std::move(*files)));
}

base::Result<std::int64_t> DatabaseWatch::version() {
  return database_->guarded([&] { return database_->number("PRAGMA data_version", 0); });
}

base::Result<std::optional<Timestamp>> DatabaseWatch::next_due(const std::string& channel,
                                                               Timestamp now) {
  return database_->guarded([&] { return outbox::next_due(database_->sqlite(), channel, now); });
}

base::Result<std::int64_t> DatabaseWatch::newest_message() {
  return database_->guarded([&] { return database_->number("SELECT max(id) FROM outbox", 0); });
}

base::Result<std::optional<Timestamp>> DatabaseWatch::next_lease_end(const std::string& channel,
                                                                     Timestamp now) {
  return database_->guarded([&] { return claims_of(database_->sqlite(), channel, now).first_end; });
}

}  // namespace dblog::outbox
