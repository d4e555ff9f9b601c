// What is kept of an event for the messages about it, and is known only when it happens: the
// subject, and the facts that stand below the message. Used by EventLogger for outbox rows.
// Must never hold settings: it is stored and sent.
#pragma once

#include <cstddef>
#include <string_view>

#include "dblog/event.hpp"
#include "dblog/event_field.hpp"
#include "src/store/rows.hpp"

namespace dblog::event {

/// At most this many characters of the message get into the subject.
inline constexpr std::size_t kMaxSubjectCharacters = 120;

/// For no channel yet. The subject is "table: first line of the message", one line of UTF-8. A
/// severity other than `error` stands before it, as in "[critical] ": such alerts are of another
/// kind.
[[nodiscard]] store::AlertRow alert_row(std::string_view table, const Event& event,
                                        Severity severity = Severity::error);

}  // namespace dblog::event
