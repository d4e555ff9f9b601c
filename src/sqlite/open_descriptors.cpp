// A list of what is open. Entries are used again and never removed: another thread may look.
#include "src/sqlite/open_descriptors.hpp"

#include <sys/types.h>

#include <atomic>
#include <new>

#include "src/base/open_file_place.hpp"

namespace dblog::sqlite {
namespace {

constexpr int kFree = -1;
constexpr int kTaken = -2;  // being filled in

struct Entry {
  std::atomic<int> number{kFree};
  std::atomic<dev_t> device{0};
  std::atomic<ino_t> inode{0};
  std::atomic<DatabaseKey> database{nullptr};
  std::atomic<bool> is_lost{false};  // SQLite has got the number a second time
  Entry* next = nullptr;
};

std::atomic<Entry*> first_entry{nullptr};
thread_local DatabaseKey left_database = nullptr;

template <typename Matches>
Entry* find(const Matches& matches) noexcept {
  Entry* at = first_entry.load(std::memory_order_acquire);
  while (at != nullptr && !matches(*at)) at = at->next;
  return at;
}

bool is_intact(const Entry& entry) noexcept {
  return !entry.is_lost && base::is_still_open({entry.number, entry.device, entry.inode});
}

// Of several with this number only the last is not lost. The connection that this thread leaves
// means its own; every other one was opened by who uses it.
Entry* find_meant(int descriptor) noexcept {
  const DatabaseKey left = left_database;
  Entry* const lost = left == nullptr ? nullptr : find([&](const Entry& entry) {
    return entry.number == descriptor && entry.database == left && entry.is_lost;
  });
  return lost != nullptr ? lost : find([&](const Entry& entry) {
    return entry.number == descriptor && !entry.is_lost;
  });
}

Entry* take_free_entry() noexcept {
  Entry* const used = find([](Entry& entry) {
    int free = kFree;
    return entry.number.compare_exchange_strong(free, kTaken);
  });
  if (used != nullptr) return used;
  auto* const added = new (std::nothrow) Entry;
  if (added == nullptr) return nullptr;
  added->number = kTaken;
  added->next = first_entry.load();
  while (!first_entry.compare_exchange_weak(added->next, added)) {
  }
  return added;
}

}  // namespace

void note_opened(int descriptor, DatabaseKey database) noexcept {
  if (descriptor < 0) return;
  find([descriptor](Entry& entry) {
    if (entry.number == descriptor) entry.is_lost = true;
    return false;
  });
  if (database == nullptr) return;
  Entry* const entry = take_free_entry();
  if (entry == nullptr) return;
  const base::OpenedFile file = base::opened_file(descriptor);
  entry->device = file.device;
  entry->inode = file.inode;
  entry->database = database;
  entry->is_lost = false;
  entry->number = descriptor;
}

// Forgotten first: once it is closed, another thread may get the number.
bool note_closed(int descriptor) noexcept {
  Entry* const entry = find_meant(descriptor);
  if (entry == nullptr) return true;
  const bool is_ours = is_intact(*entry);
  entry->number = kFree;
  return is_ours;
}

bool may_be_locked(int descriptor) noexcept {
  if (left_database == nullptr) return true;
  const Entry* const entry = find_meant(descriptor);
  return entry == nullptr || is_intact(*entry);
}

bool has_lost_descriptors(DatabaseKey database) noexcept {
  return find([database](const Entry& entry) {
           return entry.number >= 0 && entry.database == database && !is_intact(entry);
         }) != nullptr;
}

Leaving::Leaving(DatabaseKey database) noexcept { left_database = database; }

Leaving::~Leaving() { left_database = nullptr; }

}  // namespace dblog::sqlite
