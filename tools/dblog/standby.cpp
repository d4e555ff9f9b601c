// The lock is of the open file and not of the process: flush_lock.cpp opens and closes the same
// file, at which the locks of a process go.
#include "tools/dblog/standby.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "dblog/event.hpp"
#include "src/base/result.hpp"
#include "src/base/trusted_file.hpp"
#include "src/outbox/due_work.hpp"
#include "src/outbox/outbox_database.hpp"
#include "src/recovery/waiting_files.hpp"
#include "src/sqlite/sender_lock.hpp"

namespace dblog::tool {
namespace {

constexpr std::chrono::minutes kBetweenLooks{1};

base::Result<std::optional<Timestamp>> earliest_due(const std::filesystem::path& database,
                                                    const FlushParts& parts) {
  const auto opened = outbox::OutboxDatabase::open(database);
  if (!opened) return opened.error();
  return (*opened)->guarded([&] {
    std::optional<Timestamp> earliest;
    for (const outbox::Channel& channel : parts.make_channels()) {
      const auto due = outbox::next_due((*opened)->sqlite(), channel.name, dblog::now());
      if (due && (!earliest || *due < *earliest)) earliest = due;
    }
    return earliest;
  });
}

}  // namespace

Standby::~Standby() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Standby::begin() {
  if (descriptor_ >= 0) return true;
  base::Distrust why = base::Distrust::none;
  descriptor_ = base::open_trusted(store::sender_lock_path(database_).c_str(), O_RDWR, why);
  if (descriptor_ < 0) return false;
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = store::kSenderStandsBy;
  range.l_len = 1;
  if (::fcntl(descriptor_, F_OFD_SETLK, &range) == 0) return true;
  ::close(std::exchange(descriptor_, -1));
  return false;
}

bool Standby::wait(const FlushParts& parts, const StopSignals& stop) const {
  while (store::is_lock_file(descriptor_, store::sender_lock_path(database_)) &&
         recovery::is_in_use(database_)) {
    const auto due = earliest_due(database_, parts);
    if (!due || !*due) return false;
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(**due - dblog::now());
    const std::chrono::milliseconds longest = kBetweenLooks;
    if (stop.wait(std::clamp(rest, std::chrono::milliseconds{1}, longest))) return false;
    if (rest <= longest) return true;
  }
  return false;
}

}  // namespace dblog::tool
