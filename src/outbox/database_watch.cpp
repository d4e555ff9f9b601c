// inotify on the directory: the log comes and goes, a watch on the file itself would not notice.
#include "src/outbox/database_watch.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "src/outbox/due_time.hpp"

namespace dblog::outbox {
namespace {

Error watch_error(const std::filesystem::path& path) {
  return {ErrorCode::io, path.string(),
          "cannot be watched: " + std::generic_category().message(errno) +
              "; run dblog flush from cron instead"};
}

}  // namespace

DatabaseWatch::DatabaseWatch(std::unique_ptr<OutboxDatabase> database, int inotify)
    : database_(std::move(database)), inotify_(inotify) {}

DatabaseWatch::~DatabaseWatch() { ::close(inotify_); }

Result<std::unique_ptr<DatabaseWatch>> DatabaseWatch::open(const std::filesystem::path& path) {
  auto database = OutboxDatabase::open(path);
  if (!database) return database.error();
  const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0) return watch_error(path);
  constexpr std::uint32_t kChanges = IN_MODIFY | IN_CREATE | IN_MOVED_TO;
  if (::inotify_add_watch(inotify, path.parent_path().c_str(), kChanges) < 0) {
    const Error error = watch_error(path);
    ::close(inotify);
    return error;
  }
  return std::unique_ptr<DatabaseWatch>(new DatabaseWatch(std::move(*database), inotify));
}

Result<std::int64_t> DatabaseWatch::version() {
  return database_->guarded([&] { return database_->number("PRAGMA data_version", 0); });
}

Result<std::optional<Timestamp>> DatabaseWatch::next_due(const std::string& channel,
                                                         Timestamp now) {
  constexpr const char* kNext =
      "SELECT next_attempt FROM outbox WHERE channel = ?1 AND state = 'pending' AND "
      "next_attempt > ?2 ORDER BY next_attempt LIMIT 1";
  return database_->guarded([&] {
    const store::StatementUse row(database_->prepared(kNext));
    OutboxDatabase::bind(*row, channel, local_date_text(now));
    std::optional<Timestamp> next;
    if (row->executeStep()) next = parse_date(row->getColumn(0).getString());
    return next;
  });
}

Result<std::int64_t> DatabaseWatch::newest_message() {
  return database_->guarded([&] { return database_->number("SELECT max(id) FROM outbox", 0); });
}

void DatabaseWatch::pause(std::chrono::milliseconds limit, int wake) {
  pollfd source{wake, POLLIN, 0};
  ::poll(&source, 1, static_cast<int>(limit.count()));
  forget_events();
}

void DatabaseWatch::wait(std::chrono::milliseconds limit, int wake) {
  std::array<pollfd, 2> sources = {{{inotify_, POLLIN, 0}, {wake, POLLIN, 0}}};
  const int found = ::poll(sources.data(), sources.size(), static_cast<int>(limit.count()));
  if (found <= 0 || (sources[0].revents & POLLIN) == 0) return;
  // A program that writes all the time wakes us ten times a second and not at every row.
  constexpr int kGatherMilliseconds = 100;
  ::poll(&sources[1], 1, kGatherMilliseconds);
  forget_events();
}

void DatabaseWatch::forget_events() {
  std::array<char, 8192> events;
  while (::read(inotify_, events.data(), events.size()) > 0) {
  }
}

}  // namespace dblog::outbox
