// The words with which Slack's incoming webhooks refuse a message, and what to do about each.
// Used by slack_sender.cpp.
#pragma once

#include <string_view>

namespace dblog::notify {

/// Advice for one of Slack's documented words; empty for any other text.
[[nodiscard]] std::string_view slack_advice(std::string_view word);

}  // namespace dblog::notify
