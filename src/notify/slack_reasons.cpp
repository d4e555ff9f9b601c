// From Slack's documentation of incoming webhooks, "Handling errors".
#include "src/notify/slack_reasons.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dblog::notify {

std::string_view slack_advice(std::string_view word) {
  constexpr std::string_view kNewWebhook =
      "the webhook was revoked or is mistyped: make a new one in Slack";
  constexpr std::string_view kOurFault = "Slack did not like the message's form: report it";
  constexpr std::string_view kChannel =
      "its channel is gone or archived: make a webhook for another";
  constexpr std::string_view kForbidden = "the workspace's rules forbid it: ask its administrator";
  constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kAdvice = {{
      {"no_service", kNewWebhook},
      {"no_service_id", kNewWebhook},
      {"no_active_hooks", "the webhook is switched off: switch it on in Slack or make a new one"},
      {"invalid_token", kNewWebhook},
      {"no_team", "the workspace is gone or the webhook mistyped: make a new one in Slack"},
      {"team_disabled", "the workspace is disabled: ask its administrator"},
      {"user_not_found", "who made the webhook has left: make a new one in Slack"},
      {"channel_not_found", kChannel},
      {"channel_is_archived", kChannel},
      {"action_prohibited", kForbidden},
      {"posting_to_general_channel_denied", kForbidden},
      {"too_many_attachments", kOurFault},
      {"invalid_payload", kOurFault},
      {"no_text", kOurFault},
      {"invalid_blocks", kOurFault},
      {"rollup_error", "Slack has a problem of its own"},
  }};
  const auto* const found = std::find_if(kAdvice.begin(), kAdvice.end(),
                                         [&](const auto& pair) { return pair.first == word; });
  return found == kAdvice.end() ? std::string_view{} : found->second;
}

}  // namespace dblog::notify
