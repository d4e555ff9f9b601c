// Messages of any bytes as mail and as Slack's JSON: within their limits, and nothing in them acts.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "src/notify/mail_message.hpp"
#include "src/notify/slack_payload.hpp"

namespace {

using namespace dblog;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_mail(const config::Settings& settings, const notify::Message& message) {
  const std::string mail = notify::mail_message(settings, message, "D");
  require(mail.size() <= notify::kMaxMailBytes);
  std::size_t line_start = 0;
  std::size_t headers = 0;
  bool is_head = true;
  for (std::size_t end; (end = mail.find("\r\n", line_start)) != std::string::npos;) {
    const std::string_view line = std::string_view(mail).substr(line_start, end - line_start);
    require(line.size() <= 998 && !line.starts_with('.'));
    require(std::all_of(line.begin(), line.end(),
                        [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; }));
    if (line.empty()) is_head = false;
    if (is_head && line[0] != ' ') ++headers;
    line_start = end + 2;
  }
  require(line_start == mail.size() && headers == 8);
}

void check_slack(const config::Settings& settings, const notify::Message& message) {
  const std::string payload = notify::slack_payload(settings, message);
  require(payload.size() <= notify::kMaxSlackPayloadBytes);
  const auto json = nlohmann::json::parse(payload);
  require(json["blocks"].size() <= notify::kMaxSlackBlocks);
  require(json["text"].get<std::string>().find_first_of("<>") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  const std::size_t middle = std::min(text.find('|'), text.size());
  notify::Message message{text.substr(0, 50), text.substr(0, middle), text.substr(middle), "2026"};
  config::Settings settings;
  settings.sender_email = "a@b.c";
  settings.recipient_email = {"d@e.f"};
  settings.email_app_name = text.substr(0, 30);
  settings.slack_app_name = text.substr(0, 30);
  check_mail(settings, message);
  check_slack(settings, message);
  // The same, laid out by parts that its bytes name: a kind, a place and a size each.
  for (std::size_t i = 0; i + 2 < size && message.parts.size() < 100; i += 3) {
    message.parts.push_back({static_cast<text::PartKind>(data[i] % 4), text.substr(i, 5),
                             data[i + 1] % 64U * 16U, data[i + 2] % 64U});
  }
  std::sort(message.parts.begin(), message.parts.end(),
            [](const auto& one, const auto& other) { return one.at < other.at; });
  check_mail(settings, message);
  check_slack(settings, message);
  message.parts.resize(std::min<std::size_t>(message.parts.size(), 1));
  check_mail(settings, message);
  check_slack(settings, message);
  return 0;
}
