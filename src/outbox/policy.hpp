// When and how often messages go out: pure rules, no clock and no database in them.
// docs/delivery.md has the figures in words.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "dblog/event.hpp"

namespace dblog::outbox {

struct Policy {
  /// Wait after the first failure; each further one triples it, up to the longest. Up to half as
  /// much again is added by chance, so that a wait is at least twice the one before.
  std::chrono::milliseconds first_wait{10'000};
  std::chrono::milliseconds longest_wait = std::chrono::hours{24};

  /// How long a group is quiet after its first message; it doubles with every digest.
  std::chrono::milliseconds first_quiet = std::chrono::minutes{10};
  std::chrono::milliseconds longest_quiet = std::chrono::hours{24};

  /// A process may have a message claimed for this long.
  std::chrono::milliseconds lease = std::chrono::seconds{120};

  /// One message's share of the time. A slow server costs no more than that.
  std::chrono::milliseconds send_limit = std::chrono::seconds{25};

  /// Up to this many groups get messages of their own at once; of more, the first `singles` do,
  /// and the others share messages.
  std::size_t most_messages = 10;
  std::size_t singles = 7;

  /// After so many failures in a row a channel rests until the next flush; after one that took
  /// longer than `slow_failure` at once.
  int failures_in_a_row = 3;
  std::chrono::milliseconds slow_failure = std::chrono::seconds{5};

  /// After so many failures an invalid answer makes a message 'dead'; about two weeks.
  int max_tries_without_answer = 20;

  /// For any failure. 0: no limit. A message that failed so often, or is so old when it fails,
  /// becomes 'dead'.
  int max_tries = 0;
  std::chrono::hours max_age{0};
};

/// The wait after failure number `failures` (from 1). `chance` is in [0, 1).
[[nodiscard]] std::chrono::milliseconds wait_after(const Policy& policy, int failures,
                                                   double chance);

/// How long a group is quiet after message number `messages` (from 1) of its conversation.
[[nodiscard]] std::chrono::milliseconds quiet_after(const Policy& policy, std::int64_t messages);

/// What a server may ask for by Retry-After: from nothing to a day.
[[nodiscard]] std::chrono::seconds bounded_pause(std::chrono::seconds asked);

[[nodiscard]] bool is_exhausted(const Policy& policy, int failures, Timestamp created,
                                Timestamp now);

}  // namespace dblog::outbox
