// Which bytes of a kept message are what, in the table outbox_parts: kept with the text when the
// message is claimed, so that each further try is laid out alike. Throws as OutboxDatabase does.
#pragma once

#include <cstdint>
#include <vector>

#include "src/outbox/outbox_database.hpp"
#include "src/text/message_parts.hpp"

namespace dblog::outbox {

/// In place of those that the lead's message had. Called in a write transaction. None are kept of a
/// message that has more than kMostParts.
void keep_parts(OutboxDatabase& database, std::int64_t lead,
                const std::vector<text::MessagePart>& parts);

/// None if a row makes no sense: then the text is sent as it is.
[[nodiscard]] std::vector<text::MessagePart> kept_parts(OutboxDatabase& database,
                                                        std::int64_t lead);

inline constexpr std::size_t kMostParts = 1'000;

}  // namespace dblog::outbox
