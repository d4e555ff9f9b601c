// One flush: everything that is due goes to its channel, all channels side by side, within a
// bounded time.
//
//   auto outcome = outbox::deliver(path, channels, options);
//   if (outcome && outcome->is_abandoned) ... leave with _exit()
//
// Called by `dblog flush` and by tests with senders of their own. Nothing it does is lost when the
// process is killed at any point: what it had claimed is free for the next flush.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dblog/event.hpp"
#include "src/base/result.hpp"
#include "src/notify/sender.hpp"
#include "src/outbox/alert_renderer.hpp"
#include "src/outbox/policy.hpp"
#include "src/outbox/waiting.hpp"

namespace dblog::outbox {

struct Channel {
  std::string name;  ///< As in outbox.channel: "slack", "email".
  std::shared_ptr<notify::Sender> sender;
  std::chrono::milliseconds pace{0};  ///< At least so long between the starts of two messages.
  /// Only alerts of these, and those that name none, are sent; empty: all are.
  std::vector<std::string> environments = {};
};

struct ChannelReport {
  std::string channel;
  std::int64_t sent = 0;        ///< messages
  std::int64_t alerts = 0;      ///< rows that they stand for
  std::int64_t failed = 0;      ///< messages that will be tried again
  std::int64_t dead = 0;        ///< messages that will not
  std::int64_t suppressed = 0;  ///< rows that a rule keeps from being sent (SuppressedBy)
  std::int64_t of_other_environments = 0;  ///< Of these, by the channel's choice.
  std::int64_t unconfigured = 0;           ///< rows that wait for settings
  std::int64_t left = 0;  ///< rows that were due and not tried: no time, or too many failures
  Waiting waiting;        ///< rows that are pending at the end, and why
  std::string last_error;
  std::optional<Timestamp> paused_until;  ///< The server asked for it (Retry-After).
  std::optional<base::Error> error;       ///< The database's.
};

struct DeliveryOptions {
  bool ignore_next_attempt = false;
  Policy policy;
  /// No message is begun or waited for after that; what remains is for the next flush.
  std::chrono::milliseconds time_limit = std::chrono::seconds{45};
  /// Then even a sender that does not come back is left alone with its message.
  std::chrono::milliseconds hard_limit = std::chrono::seconds{53};
  /// After a wish to stop, a claimed message has so long to end.
  std::chrono::milliseconds grace = std::chrono::seconds{3};
  std::function<bool()> should_stop = [] { return false; };
  /// After every message, from several threads, one at a time; not after deliver() has returned.
  std::function<void(const ChannelReport&)> on_progress = [](const ChannelReport&) {};
  std::function<Timestamp()> clock = &dblog::now;
  AlertRenderer renderer = {};
};

struct DeliveryOutcome {
  std::vector<ChannelReport> channels;
  /// A thread still hangs in a sender. Its message is pending again; the process must end without
  /// waiting for the thread or destroying anything that it uses.
  bool is_abandoned = false;
  bool is_stopped = false;  ///< should_stop() said so.
};

/// `database` is absolute, without links, and exists. Fails if it cannot be used at all.
[[nodiscard]] base::Result<DeliveryOutcome> deliver(const std::filesystem::path& database,
                                                    const std::vector<Channel>& channels,
                                                    const DeliveryOptions& options);

}  // namespace dblog::outbox
