// The lock is of the open file and not of the process: flush_lock.cpp opens and closes the same
// file, at which the locks of a process go.
#include "tools/dblog/standby.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "dblog/event.hpp"
#include "src/base/result.hpp"
#include "src/base/trusted_file.hpp"
#include "src/outbox/due_work.hpp"
#include "src/outbox/outbox_database.hpp"
#include "src/recovery/recovery.hpp"
#include "src/recovery/waiting_files.hpp"
#include "src/sqlite/sender_lock.hpp"

namespace dblog::tool {
namespace {

constexpr std::chrono::seconds kBetweenLooks{20};

struct Waiting {
  bool is_any = false;  ///< A message waits for its time.
  bool is_due = false;  ///< One of them no longer.
  std::optional<Timestamp> next;
};

base::Result<Waiting> scan(const std::filesystem::path& database, const FlushParts& parts) {
  const auto opened = outbox::OutboxDatabase::open(database);
  if (!opened) return opened.error();
  return (*opened)->guarded([&] {
    Waiting waiting;
    const Timestamp now = dblog::now();
    SQLite::Database& sqlite = (*opened)->sqlite();
    for (const outbox::Channel& channel : parts.make_channels()) {
      waiting.is_any = waiting.is_any || outbox::waits_for_its_time(sqlite, channel.name);
      waiting.is_due = waiting.is_due || outbox::is_due_by_date(sqlite, channel.name, now);
      const auto next = outbox::next_due(sqlite, channel.name, now);
      if (next && (!waiting.next || *next < *waiting.next)) waiting.next = next;
    }
    return waiting;
  });
}

// What others do to the database ends.
bool may_pass(const base::Error& error) {
  return error.code == base::ErrorCode::busy || error.code == base::ErrorCode::disk_full ||
         error.code == base::ErrorCode::io;
}

}  // namespace

Standby::~Standby() { release(); }

bool Standby::begin() {
  if (descriptor_ >= 0) return true;
  base::Distrust why = base::Distrust::none;
  descriptor_ = base::open_trusted(sqlite::sender_lock_path(database_).c_str(), O_RDWR, why);
  if (descriptor_ < 0) return false;
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = sqlite::kSenderStandsBy;
  range.l_len = 1;
  if (::fcntl(descriptor_, F_OFD_SETLK, &range) == 0) return true;
  release();
  return false;
}

bool Standby::wait(const FlushParts& parts, const StopSignals& stop) {
  recovery::leave_database();
  for (bool is_first = true; recovery::is_in_use(database_); is_first = false) {
    if (!sqlite::is_lock_file(descriptor_, sqlite::sender_lock_path(database_))) {
      release();
      return true;
    }
    const auto waiting = scan(database_, parts);
    if (waiting ? !waiting->is_any : !may_pass(waiting.error())) return false;
    if (waiting && waiting->is_due && !is_first) return true;
    std::chrono::milliseconds rest = kBetweenLooks;
    if (waiting && !waiting->is_due && waiting->next) {
      const auto until = std::chrono::ceil<std::chrono::milliseconds>(*waiting->next - now());
      rest = std::clamp(until, std::chrono::milliseconds{1}, rest);
    }
    if (stop.wait(rest)) return false;
  }
  return false;
}

void Standby::release() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace dblog::tool
