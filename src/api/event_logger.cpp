// EventLogger: an event, its hardware snapshot and its messages, handed to the store as one row.
#include "dblog/event_logger.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <typeinfo>
#include <utility>

#include "src/api/api_boundary.hpp"
#include "src/api/call_scope.hpp"
#include "src/api/default_database.hpp"
#include "src/api/fork_safe_sampler.hpp"
#include "src/api/push_from.hpp"
#include "src/api/queue_binding.hpp"
#include "src/api/scrub_rules.hpp"
#include "src/api/store_handle.hpp"
#include "src/api/store_maintenance.hpp"
#include "src/api/tool_delivery.hpp"
#include "src/base/fnv1a.hpp"
#include "src/base/local_time.hpp"
#include "src/base/standard_error.hpp"
#include "src/event/alert_row.hpp"
#include "src/event/event_facts.hpp"
#include "src/event/event_stack.hpp"
#include "src/event/handled_exception_text.hpp"
#include "src/event/local_offset.hpp"
#include "src/event/process_row.hpp"
#include "src/event/scrubbed_event.hpp"
#include "src/monitor/machine_facts.hpp"
#include "src/text/valid_text.hpp"

namespace dblog {

struct [[gnu::visibility("hidden")]] EventLogger::State {
  State(std::string_view table, const LoggerOptions& options)
      : name(sqlite::TableName::parse(table)),
        subject("table " + text::one_line(table, sqlite::TableName::kMaxBytes)),
        handle(options.database),
        is_queued(options.queued),
        machine_facts(options.machine_facts) {
    // As the database: a chdir() changes nothing.
    if (!machine_facts || machine_facts->empty()) return;
    if (auto absolute = api::absolute_database(*machine_facts)) machine_facts = *absolute;
  }

  [[nodiscard]] bool wants_queue(const PushOptions& options) const noexcept {
    const bool has_more =
        options.slack || options.email || options.hw_monitor || !options.frames.empty();
    return options.queued.value_or(is_queued) && !has_more;
  }
  // What is queued at once, without a look at its texts.
  [[nodiscard]] bool may_queue_at_once(const PushOptions& options) const noexcept {
    return wants_queue(options) && api::scrubs_nothing();
  }
  base::Result<std::int64_t> push(const Event& event, const PushOptions& options,
                                  const event::PushSite& site);
  base::Result<std::int64_t> push_scrubbed(const Event& event, const PushOptions& options,
                                           const event::PushSite& site);
  void add_hardware(store::EventRow & row, const Event& event);
  void write_machine_facts(const std::filesystem::path& database);

  const base::Result<sqlite::TableName> name;
  const std::string subject;
  api::StoreHandle handle;
  const bool is_queued;
  std::optional<std::filesystem::path> machine_facts;
  api::QueueBinding queue;
  api::ForkSafeSampler sampler;
  api::WarnOnce said;
  api::WarnOnce said_of_hardware;
};

base::Result<std::int64_t> EventLogger::State::push(const Event& event, const PushOptions& options,
                                                    const event::PushSite& site) {
  const scrub::Rules* const rules = api::scrub_rules_in_force();
  if (rules == nullptr) return push_scrubbed(event, options, site);
  Event clean = event;
  rules->scrub(clean.message);
  return push_scrubbed(clean, event::scrubbed_options(*rules, options), site);
}

base::Result<std::int64_t> EventLogger::State::push_scrubbed(const Event& event,
                                                             const PushOptions& options,
                                                             const event::PushSite& site) {
  if (!name) return name.error();
  const auto store = handle.find();
  if (!store) return store.error();
  if (wants_queue(options)) {
    const auto queued =
        queue.push_or_fall_back(**store, *name, {event.message, event.date, options});
    if (!queued) return queued.error();
    if (*queued) return 0;
  }
  if (auto failure = api::commit_queued_before(**store)) return *failure;
  const std::int64_t utc = event.date.time_since_epoch().count();
  const std::int32_t utc_offset = event::local_offset_seconds(utc);
  char date[base::kDateTextSize];
  base::format_date(utc, utc_offset, date);
  store::EventRow row{*name, event.message, date, {}};
  row.origin = {event::own_process_id(), utc_offset};
  row.facts = event::event_facts_row(options);
  if (options.stack) row.stack = event::event_stack_row(site);
  if (options.hw_monitor) {
    add_hardware(row, event);
    write_machine_facts((*store)->path());
  }
  const auto channels = api::channels_for(options.severity, {options.slack, options.email});
  if (channels.slack || channels.email) {
    row.alert = event::alert_row(name->text(), event, options.severity);
    if (channels.slack) row.alert->channels.emplace_back("slack");
    if (channels.email) row.alert->channels.emplace_back("email");
  }
  base::Result<std::int64_t> id = (*store)->append(row);
  if (id && row.alert) {
    api::wake_delivery((*store)->path(), channels);
  }
  if (id) api::maintain(**store);
  return id;
}

// The event must not be lost because its process is gone, or /proc is not there.
void EventLogger::State::add_hardware(store::EventRow& row, const Event& event) {
  const auto sample = sampler.sample(event.process_id);
  if (sample) {
    row.hardware = store::HardwareRow{event.message, event.process_id, *sample, row.date,
                                      row.origin.utc_offset_seconds};
    said_of_hardware.forget();
    return;
  }
  const std::string reason = sample.error().text();
  if (said_of_hardware.is_new(reason)) {
    api::warn({subject, ": row without hardware snapshot: ", reason});
  }
}

// Once a directory: loggers come and go, the machine's facts stay. A thread that comes second does
// not wait for it, and neither does a child after fork().
void EventLogger::State::write_machine_facts(const std::filesystem::path& database) {
  static std::atomic<std::uint64_t> last_directory{0};
  if (!machine_facts) return;
  const auto directory = machine_facts->empty() ? base::Result{database.parent_path()}
                                                : api::absolute_database(*machine_facts);
  const std::string path = directory ? directory->native() : "";
  const std::uint64_t hash = base::Fnv1a{}.add(path).value();
  if (last_directory.exchange(hash) == hash) return;
  const auto written = directory ? monitor::write_machine_facts(*directory) : directory;
  if (!written) {
    api::warn({subject, ": config.json not written: ", written.error().text()});
  }
}

EventLogger::EventLogger(std::string_view table) noexcept : EventLogger(table, LoggerOptions{}) {}

EventLogger::EventLogger(std::string_view table, LoggerOptions options) noexcept {
  const api::CallScope scope;
  base::remember_standard_error_once();
  try {
    state_ = std::make_unique<State>(table, options);
  } catch (const std::exception&) {
    // Without memory for this, every push fails and says so.
  }
}

EventLogger::~EventLogger() = default;
EventLogger::EventLogger(EventLogger&&) noexcept = default;
EventLogger& EventLogger::operator=(EventLogger&&) noexcept = default;

// All of them are not inlined: their return address is where the program's part of the stack
// begins.
// NOLINTBEGIN(performance-unnecessary-value-param): as the others take them
[[gnu::noinline]] PushResult EventLogger::push_to_table(std::string_view message,
                                                        PushOptions options) noexcept {
  return PushFrom::push(*this, message, options, __builtin_return_address(0));
}
// NOLINTEND(performance-unnecessary-value-param)

PushResult PushFrom::push(EventLogger& logger, std::string_view message, const PushOptions& options,
                          const void* caller) noexcept {
  EventLogger::State* const state = logger.state_.get();
  if (state == nullptr) return {false, 0, api::kMovedFrom};
  if (state->may_queue_at_once(options) && state->queue.push({message, now(), options})) {
    return {true, 0, {}};
  }
  const event::PushSite site{options, caller};
  return api::guarded_push(state->subject, state->said,
                           [&] { return state->push(Event{std::string(message)}, options, site); });
}

[[gnu::noinline]] PushResult EventLogger::push_to_table(const Event& event,
                                                        PushOptions options) noexcept {
  if (state_ == nullptr) return {false, 0, api::kMovedFrom};
  if (state_->may_queue_at_once(options) &&
      state_->queue.push({event.message, event.date, options})) {
    return {true, 0, {}};
  }
  const event::PushSite site{options, __builtin_return_address(0)};
  return api::guarded_push(state_->subject, state_->said,
                           [&] { return state_->push(event, options, site); });
}

[[gnu::noinline]] PushResult EventLogger::push_to_table(const std::exception& error,
                                                        PushOptions options) noexcept {
  if (state_ == nullptr) return {false, 0, api::kMovedFrom};
  const event::PushSite site{options, __builtin_return_address(0), &typeid(error)};
  return api::guarded_push(state_->subject, state_->said, [&] {
    return state_->push(Event{event::exception_text(error)}, options, site);
  });
}

// The exception is in flight again while it is looked at: its type and the place of its throw are
// found as in a catch block of the program's.
[[gnu::noinline]] PushResult EventLogger::push_to_table(const std::exception_ptr& error,
                                                        PushOptions options) noexcept {
  if (state_ == nullptr) return {false, 0, api::kMovedFrom};
  const void* const caller = __builtin_return_address(0);
  const auto push = [&](const auto& make_text) {
    const event::PushSite site{options, caller};
    return api::guarded_push(state_->subject, state_->said,
                             [&] { return state_->push(Event{make_text()}, options, site); });
  };
  if (error == nullptr) return push([] { return std::string("no exception"); });
  try {
    std::rethrow_exception(error);
  } catch (...) {
    return push(&event::caught_exception_text);
  }
}

[[gnu::noinline]] PushResult EventLogger::push_to_table(const std::error_code& error,
                                                        PushOptions options) noexcept {
  if (state_ == nullptr) return {false, 0, api::kMovedFrom};
  const event::PushSite site{options, __builtin_return_address(0)};
  return api::guarded_push(state_->subject, state_->said, [&] {
    const Field of_error[] = {{"error_category", error.category().name()},
                              {"error_value", error.value()}};
    options.fields.insert(options.fields.begin(), std::begin(of_error), std::end(of_error));
    return state_->push(Event{event::error_code_text(error)}, options, site);
  });
}

PushResult EventLogger::flush(std::chrono::milliseconds limit) noexcept {
  const api::CallScope scope;
  try {
    return api::flush_queues(limit);
  } catch (const std::exception&) {
    return {false, 0, api::kOutOfMemory};
  }
}

QueueCounts EventLogger::queue_counts() noexcept { return api::count_queued(); }

}  // namespace dblog
