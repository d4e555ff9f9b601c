// What a person reads who gets a row as a message: enough to know what happened where, without
// opening the database. Used by EventLogger for outbox rows.
// Must never hold settings: the text is stored and sent.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "dblog/event.hpp"

namespace dblog {

struct AlertText {
  std::string subject;  ///< "table: first line of the message", one line of UTF-8.
  std::string body;     ///< The message, then the facts (handlers/record/alert_facts.hpp).
};

/// At most this many characters of the message get into the subject.
inline constexpr std::size_t kMaxSubjectCharacters = 120;

[[nodiscard]] AlertText alert_text(std::string_view table, const Event& event,
                                   const std::filesystem::path& database);

}  // namespace dblog
