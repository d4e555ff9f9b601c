// Slices of passes, kept between pushes.
#include "src/retention/maintenance.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>

#include "src/retention/pruner.hpp"

namespace dblog::retention {
namespace {

using Clock = sqlite::RetryBackoff::Clock;

constexpr std::chrono::milliseconds kSlice{4};
// Of the limit: what comes before a file that could not be made smaller is looked at again.
constexpr std::int64_t kTwentieth = 20;
// Ages need no accuracy of seconds.
constexpr std::chrono::minutes kBetweenFullPasses{10};

// Of one store.
struct Maintenance {
  std::optional<Pruner> pass;
  Clock::time_point next_full_pass{};
  std::int64_t smallest_reached = 0;  ///< A pass could not make the file smaller than about this.
  std::int64_t excess = 0;            ///< Percent by which the file is over its limit.
};

// Never destroyed: pushes come after main(), too. Used under the flag, which is only ever tried:
// a child of fork() may find it set forever, and then does no maintenance.
std::map<const store::Store*, Maintenance>& all_maintenance() {
  static auto& all = *new std::map<const store::Store*, Maintenance>;
  return all;
}
constinit std::atomic_flag is_at_work;

class AtWork {
 public:
  AtWork() noexcept : is_ours_(!is_at_work.test_and_set()) {}
  ~AtWork() {
    if (is_ours_) is_at_work.clear();
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;
  [[nodiscard]] bool is_ours() const noexcept { return is_ours_; }

 private:
  bool is_ours_;
};

// After one look, for a file that is so many percent over its limit: 4 ms normally, and enough to
// be faster than who pushes, however long the rows are, when that did not suffice.
std::int64_t slices_of(std::int64_t excess) {
  if (excess > 50) return 75;
  return excess > 10 ? 10 : 1;
}

// A reader stays for so long that the log cannot be emptied: deleting would make it longer still.
bool is_log_held(const store::Store& store) {
  constexpr std::uintmax_t kLong = 64'000'000;
  std::error_code missing;
  const auto size = std::filesystem::file_size(store.path().native() + "-wal", missing);
  return !missing && size > kLong;
}

// Nothing of it must fail a push: what cannot be done now is done after the next rows.
void work(Maintenance& maintenance, store::Store& store, const config::Retention& limits,
          Clock::time_point end) {
  const auto failure = store.maintain(
      [&](SQLite::Database& database) {
        if (!maintenance.pass) {
          const std::int64_t limit = limits.bytes_of_file();
          const bool is_awaited = Clock::now() < maintenance.next_full_pass;
          const bool is_too_large =
              limit > 0 && bytes_in_use(database) >
                               (is_awaited ? std::max(limit, maintenance.smallest_reached) : limit);
          // Without limits of tables only sent messages may be too old: the tool that sent them
          // sees to it.
          const bool is_time = limits.limits_tables() && Clock::now() >= maintenance.next_full_pass;
          if (!is_too_large && !is_time) return;
          maintenance.next_full_pass = Clock::now() + kBetweenFullPasses;
          maintenance.pass.emplace(limits, PruneOptions{.measures_foreign_tables = false});
        }
        bool is_more = true;
        while (is_more && Clock::now() < end) is_more = maintenance.pass->step(database);
        maintenance.excess = maintenance.pass->excess_percent(database);
        if (is_more) return;
        const PruneReport& report = maintenance.pass->report();
        const bool is_stuck = report.is_over_limit || !report.size_unknown.empty();
        maintenance.smallest_reached =
            is_stuck ? report.bytes_after + limits.bytes_of_file() / kTwentieth : 0;
        maintenance.pass.reset();
      },
      end);
  // Another process uses the database, or the next push reports the error.
  if (failure) maintenance.pass.reset();
}

}  // namespace

void maintain(store::Store& store, const std::function<config::Retention()>& limits) {
  const AtWork turn;
  if (!turn.is_ours() || !is_maintenance_due(store)) return;
  Maintenance& maintenance = all_maintenance()[&store];
  const std::uint64_t load = store.load_committed();
  const std::uint64_t due_at = store.maintenance_at().exchange(load + kLoadBetweenLooks);
  if (is_log_held(store)) return;
  const config::Retention retention = limits();
  // A batch of many rows is followed by as much work as they would have had one by one.
  const auto looks = 1 + static_cast<std::int64_t>((load - due_at) / kLoadBetweenLooks);
  // In slices, between which other threads push.
  for (std::int64_t slice = 0; slice < looks * slices_of(maintenance.excess); ++slice) {
    work(maintenance, store, retention, Clock::now() + kSlice);
    if (!maintenance.pass) return;
  }
}

}  // namespace dblog::retention
