// What the outbox hands to a channel, and what the channel answers.
// The outbox (src/outbox) decides when and how often; a sender says what became of one message.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "src/text/message_parts.hpp"

namespace dblog::notify {

struct Message {
  std::string uuid;  ///< stays the same when a message is sent again
  std::string subject;
  std::string body;
  std::string created;  ///< local date, as the database has it
  /// What of `body` is what; without any, all of it is the program's words.
  std::vector<text::MessagePart> parts = {};
};

/// What became of it, and with that what the outbox does next.
enum class Verdict {
  sent,            ///< the server took it
  try_again,       ///< may work later as it is: network, certificate, 429, HTTP 5xx, SMTP 4xx
  not_configured,  ///< waits for the user: keys are missing or cannot be right
  refused,         ///< will never work: HTTP 4xx, SMTP 5xx
};

struct Answer {
  Verdict verdict = Verdict::try_again;
  /// For `outbox.last_error`: one line in plain words with Slack's reason word or the SMTP reply
  /// code. Holds no secret, whatever the server said. Empty when sent, unless some of several
  /// recipients were refused.
  std::string reason = {};
  /// Nothing may go to this channel's server before that (429 with a Retry-After).
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
  /// What the server said, for people: one line without secrets, "ok" or "250 2.0.0 queued".
  /// Empty if it said nothing.
  std::string reply = {};
  /// Of try_again: no trouble that passes by itself, but an invalid answer (a redirect, 2xx
  /// with a web page, nonsense). Perhaps it is the wrong server.
  bool is_no_answer = false;
};

/// One channel with its settings. One thread at a time.
class Sender {
 public:
  virtual ~Sender() = default;

  /// Why every answer will be not_configured, as its reason will say it; empty: it will not.
  [[nodiscard]] virtual std::string why_not_configured() const { return {}; }

  /// Sends one message; ends soon after `give_up_at` whatever the server does. Never throws.
  virtual Answer send(const Message& message,
                      std::chrono::steady_clock::time_point give_up_at) noexcept = 0;
};

}  // namespace dblog::notify
