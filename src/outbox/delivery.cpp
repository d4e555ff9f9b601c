// Threads for the channels, and an end to it in any case.
#include "src/outbox/delivery.hpp"

#include <system_error>
#include <thread>
#include <utility>

#include "src/outbox/channel_delivery.hpp"
#include "src/outbox/due_time.hpp"
#include "src/outbox/group_state.hpp"
#include "src/outbox/outbox_database.hpp"

namespace dblog::outbox {
namespace {

using Clock = DeliveryContext::Clock;
using Deliveries = std::vector<std::shared_ptr<ChannelDelivery>>;

// Opens the database once before the threads do: what is wrong with it is one error, and the
// schema is brought up to date by one.
std::optional<base::Error> prepare(const std::filesystem::path& path,
                                   const DeliveryOptions& options) {
  auto database = OutboxDatabase::open(path);
  if (!database) return database.error();
  const auto prepared = (*database)->guarded([&] {
    forget_old_groups(**database, options.clock());
    return true;
  });
  if (!prepared) return prepared.error();
  return std::nullopt;
}

// The threads are detached: one that hangs must not keep the process from ending.
std::optional<base::Error> start(const std::shared_ptr<ChannelDelivery>& delivery,
                                 DeliveryContext& context) {
  {
    const std::lock_guard lock(context.mutex);
    ++context.running;
  }
  try {
    std::thread([delivery] { delivery->run(); }).detach();
    return std::nullopt;
  } catch (const std::system_error& failure) {
    const std::lock_guard lock(context.mutex);
    --context.running;
    return base::Error{base::ErrorCode::io, "thread", failure.what()};
  }
}

// True when all threads have ended.
bool wait_for_end(DeliveryContext& context, const DeliveryOptions& options) {
  constexpr std::chrono::milliseconds kLook{50};
  Clock::time_point limit = context.hard_limit;
  std::unique_lock lock(context.mutex);
  while (context.running > 0) {
    if (!context.is_stopping.load() && options.should_stop()) {
      context.is_stopping.store(true);
      limit = std::min(limit, Clock::now() + options.grace);
    }
    if (Clock::now() >= limit) return false;
    context.one_is_done.wait_for(lock, kLook);
  }
  return true;
}

}  // namespace

base::Result<DeliveryOutcome> deliver(const std::filesystem::path& database,
                                      const std::vector<Channel>& channels,
                                      const DeliveryOptions& options) {
  const auto context = std::make_shared<DeliveryContext>();
  context->time_limit = Clock::now() + options.time_limit;
  context->hard_limit = Clock::now() + options.hard_limit;
  if (auto error = prepare(database, options)) return *error;
  Deliveries deliveries;
  std::optional<base::Error> not_started;
  for (const Channel& channel : channels) {
    deliveries.push_back(std::make_shared<ChannelDelivery>(database, channel, options, context));
    not_started = start(deliveries.back(), *context);
    if (!not_started) continue;
    deliveries.pop_back();
    break;
  }
  DeliveryOutcome outcome;
  outcome.is_abandoned = !wait_for_end(*context, options);
  outcome.is_stopped = context->is_stopping.load();
  context->is_stopping.store(true);
  for (const auto& delivery : deliveries) {
    if (!delivery->is_done()) delivery->abandon();
    outcome.channels.push_back(delivery->report());
  }
  {
    const std::lock_guard lock(context->mutex);
    context->is_watched = false;
  }
  if (not_started && !outcome.is_abandoned) return *not_started;
  return outcome;
}

}  // namespace dblog::outbox
