// A message that goes out at once, past the outbox.
// Used by SlackNotifier, EmailNotifier and `dblog test-notify`.
#pragma once

#include <string_view>

#include "src/notify/sender.hpp"

namespace dblog::notify {

/// A new UUID, now, and the text's first line as subject.
[[nodiscard]] Message direct_message(std::string_view text);

}  // namespace dblog::notify
