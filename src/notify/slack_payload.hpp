// A message as the JSON that a Slack incoming webhook takes, within Slack's limits: fallback text
// for notifications and for servers that know no blocks, then blocks (Block Kit): header, sentences
// and words, facts as fields, stacks as code, context.
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
inline constexpr std::size_t kMaxSlackField = 2'000;
inline constexpr std::size_t kMaxSlackFields = 10;
inline constexpr std::size_t kMaxSlackBlocks = 50;
inline constexpr std::size_t kMaxSlackPayloadBytes = 262'144;

/// Of the fallback text. Slack takes 40,000; Discord's servers take no more than this.
inline constexpr std::size_t kMaxSlackText = 2'000;

/// Of a longer message the middle is left out, and a line says so. A message whose parts need more
/// blocks than Slack takes goes as plain sections, as one without parts does.
[[nodiscard]] std::string slack_payload(const config::Settings& settings, const Message& message);

}  // namespace dblog::notify
