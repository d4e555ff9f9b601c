// The C library's answer, or the table's.
#include "src/event/local_offset.hpp"

#include <sys/single_threaded.h>

#include <atomic>
#include <ctime>
#include <new>

#include "src/process/fork_hooks.hpp"

namespace dblog::event {
namespace {

std::atomic<const base::LocalTimeTable*> table{nullptr};  // never freed once it is here
std::atomic<bool> may_be_locked{false};
thread_local bool had_threads = false;

void before_fork() noexcept { had_threads = __libc_single_threaded == 0; }

void after_fork_in_child() noexcept {
  if (had_threads) may_be_locked.store(true);
}

[[gnu::constructor]] void watch_forks() noexcept {
  process::at_fork(process::ForkPlace::local_time, {&before_fork, nullptr, &after_fork_in_child});
}

void prepare_for_forks(std::int64_t utc_microseconds) noexcept {
  const base::LocalTimeTable* none = nullptr;
  auto* mine =
      new (std::nothrow) base::LocalTimeTable(base::make_local_time_table(utc_microseconds));
  if (mine != nullptr && !table.compare_exchange_strong(none, mine)) delete mine;
}

}  // namespace

base::LocalTimeTable local_time_table(std::int64_t utc_microseconds) noexcept {
  if (!may_be_locked.load()) return base::make_local_time_table(utc_microseconds);
  if (const base::LocalTimeTable* known = table.load()) return *known;
  base::LocalTimeTable standard;
  standard.first_offset_seconds = static_cast<std::int32_t>(-::timezone);
  return standard;
}

std::int32_t local_offset_seconds(std::int64_t utc_microseconds) noexcept {
  const base::LocalTimeTable* known = table.load();
  if (may_be_locked.load()) {
    // Without a table, because the parent was forked during its first call: standard time.
    if (known == nullptr) return static_cast<std::int32_t>(-::timezone);
    return known->offset_at(utc_microseconds);
  }
  if (known == nullptr) {
    const auto now = static_cast<std::int64_t>(std::time(nullptr)) * 1'000'000;
    prepare_for_forks(now);
  }
  return base::utc_offset_seconds(utc_microseconds);
}

}  // namespace dblog::event
