#include "src/notify/server_sender.hpp"

#include <exception>
#include <utility>

namespace dblog::notify {

ServerSender::ServerSender(const config::Settings& settings, SetupCheck check)
    : settings_(settings), mask_(settings), check_(std::move(check)) {}

std::string ServerSender::why_not_configured() const {
  if (check_.setup != Setup::ready) return check_.why;
  const auto curl = curl_library();
  return curl ? "" : curl.error().text();
}

Answer ServerSender::send(const Message& message,
                          std::chrono::steady_clock::time_point give_up_at) noexcept {
  try {
    if (check_.setup != Setup::ready) return {Verdict::not_configured, check_.why};
    const auto curl = curl_library();
    if (!curl) return {Verdict::not_configured, curl.error().text()};
    return exchange(**curl, message, give_up_at);
  } catch (const std::exception&) {
    return {Verdict::try_again, "out of memory"};
  }
}

}  // namespace dblog::notify
