// The words of a message that stands for several alerts. Each message states the number of alerts
// that it stands for once: "1,204 more in 10 minutes", "333 times"; numbers of all messages add up.
// A message for one alert, the first of its kind, is the row's own text and not made here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dblog/event.hpp"
#include "src/text/message_parts.hpp"

namespace dblog::outbox {

/// What a message says of one group.
struct GroupPart {
  std::string subject;     ///< Of its first row …
  text::LaidOutText text;  ///< … and the text about it.
  std::int64_t alerts = 0;
  std::string first_created, last_created;
  /// When the message before was sent; nothing for the first of a conversation.
  std::optional<Timestamp> more_since;
  std::string id = {};  ///< Of what its first row is about, as `dblog show` takes it.
  /// How others of the group put it, a line each.
  std::vector<std::string> samples = {};
  bool has_regressed = false;  ///< It has the crash by which its group regressed.
};

/// `subject`, with "regressed: " before it if the part has a regression: it must not look like any
/// other.
[[nodiscard]] std::string with_regression(const GroupPart& part, const std::string& subject);

struct DigestText {
  std::string subject;
  text::LaidOutText text;
};

[[nodiscard]] DigestText digest_of_one(const GroupPart& part, Timestamp now);
[[nodiscard]] DigestText digest_of_many(const std::vector<GroupPart>& parts, Timestamp now);

/// How much room a text takes in a message that several groups share: characters after escaping
/// for Slack. A message has room for kSharedRoom, within what Slack and our sender take.
inline constexpr std::size_t kSharedRoom = 26'000;
inline constexpr std::size_t kSamplesInShared = 2;
inline constexpr std::size_t kRoomOfSharedSample = 200;
[[nodiscard]] std::size_t room_of(std::string_view subject, std::string_view body);

/// "1,204"
[[nodiscard]] std::string with_commas(std::int64_t number);

}  // namespace dblog::outbox
