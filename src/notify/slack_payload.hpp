// A message as the JSON that a Slack incoming webhook takes, within Slack's limits: fallback text
// for notifications and for servers that know no blocks, then header, sections and context.
// Called by slack_sender.cpp. Must never let a message's text act: no mentions, links, formatting.
#pragma once

#include <cstddef>
#include <string>

#include "src/config/settings.hpp"
#include "src/notify/sender.hpp"

namespace dblog::notify {

/// Slack's limits, in characters; ours are UTF-16 units, which are never fewer.
inline constexpr std::size_t kMaxSlackHeader = 150;
inline constexpr std::size_t kMaxSlackSection = 3'000;
inline constexpr std::size_t kMaxSlackText = 40'000;
inline constexpr std::size_t kMaxSlackBlocks = 50;
inline constexpr std::size_t kMaxSlackPayloadBytes = 262'144;

/// Of a longer message the middle is left out, and a line says so.
[[nodiscard]] std::string slack_payload(const config::Settings& settings, const Message& message);

}  // namespace dblog::notify
