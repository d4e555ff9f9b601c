// The HTML part of a mail: one column that fits a phone, light or dark as the reader's system is,
// and the same text in the same order without any style. Called by mail_message.cpp. Must never let
// a message's text act, nor load anything from elsewhere.
#pragma once

#include <string>
#include <string_view>

#include "src/notify/sender.hpp"

namespace dblog::notify {

/// `subject` is its heading, on one line. A message without parts is one text.
[[nodiscard]] std::string mail_page(std::string_view subject, const Message& message);

}  // namespace dblog::notify
