// Monitor: a sampler's look at a process, handed to the store as a row of hw_logs.
#include "dblog/monitor.hpp"

#include <utility>

#include "src/api/api_boundary.hpp"
#include "src/api/call_scope.hpp"
#include "src/api/default_database.hpp"
#include "src/api/fork_safe_sampler.hpp"
#include "src/api/scrub_rules.hpp"
#include "src/api/store_handle.hpp"
#include "src/api/store_maintenance.hpp"
#include "src/config/trust_setting.hpp"
#include "src/event/local_offset.hpp"
#include "src/monitor/machine_facts.hpp"
#include "src/sqlite/database_place.hpp"

namespace dblog {
namespace {

constexpr std::string_view kSubject = "hardware monitor";

}  // namespace

struct [[gnu::visibility("hidden")]] Monitor::State {
  explicit State(const std::filesystem::path& database) : handle(database) {}

  base::Result<std::int64_t> push(std::string_view message, int process_id, Timestamp date);

  api::StoreHandle handle;
  api::ForkSafeSampler sampler;
  api::WarnOnce said;
};

base::Result<std::int64_t> Monitor::State::push(std::string_view message, int process_id,
                                                Timestamp date) {
  const auto sample = sampler.sample(process_id);
  if (!sample) return sample.error();
  const auto store = handle.find();
  if (!store) return store.error();
  std::string task(message);
  if (const scrub::Rules* rules = api::scrub_rules_in_force()) rules->scrub(task);
  auto id = (*store)->append(
      store::HardwareRow{std::move(task), process_id, *sample, local_date_text(date),
                         event::local_offset_seconds(date.time_since_epoch().count())});
  if (id) api::maintain(**store);
  return id;
}

Monitor::Monitor(std::filesystem::path database) noexcept {
  const api::CallScope scope;
  try {
    state_ = std::make_unique<State>(database);
    // Not through the handle: a monitor that names no database and is made before
    // install_handlers() still writes its rows where that says.
    (void)config::adopt_trust_setting();  // install_handlers() says what is wrong with it
    auto place = database.empty() ? api::default_database() : api::absolute_database(database);
    // Where the database is refused, nothing is written beside it.
    if (place) place = sqlite::check_database_place(*place);
    const auto written = place ? monitor::write_machine_facts(place->parent_path()) : place;
    if (!written) api::warn({kSubject, ": config.json not written: ", written.error().text()});
  } catch (const std::exception& failure) {
    api::warn({kSubject, ": config.json not written: ", failure.what()});
  }
}

Monitor::~Monitor() = default;
Monitor::Monitor(Monitor&&) noexcept = default;
Monitor& Monitor::operator=(Monitor&&) noexcept = default;

PushResult Monitor::monitor(std::string_view message, int process_id, Timestamp date) noexcept {
  if (state_ == nullptr) return {false, 0, api::kMovedFrom};
  return api::guarded_push(kSubject, state_->said,
                           [&] { return state_->push(message, process_id, date); });
}

}  // namespace dblog
