// Sections are plain_text: what a message holds is shown as it is. Slack wants '&', '<' and '>'
// escaped there too, and counts the escaped text.
#include "src/notify/slack_payload.hpp"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "src/notify/entities.hpp"
#include "src/notify/plain_text.hpp"

namespace dblog::notify {
namespace {

using nlohmann::ordered_json;

// With the fallback text the body is there twice; a unit is three bytes at most, and 2 × 36,000 × 3
// bytes leave room for the rest of kMaxSlackPayloadBytes.
constexpr std::size_t kMaxBody = 36'000;
constexpr std::size_t kMaxSubject = 500;
constexpr std::size_t kMaxName = 80;

std::size_t escaped_cost(char32_t character, std::size_t /*bytes*/) {
  if (character == U'&') return 5;
  if (character == U'<' || character == U'>') return 4;
  return character >= 0x10000 ? 2 : 1;
}

ordered_json plain(std::string_view text) {
  return {{"type", "plain_text"}, {"text", with_entities(text)}, {"emoji", false}};
}

// At a line break if the last half has one, so that lines stay whole.
std::vector<std::string_view> sections_of(std::string_view text) {
  std::vector<std::string_view> sections;
  while (!text.empty()) {
    std::size_t length = prefix_within(text, kMaxSlackSection, escaped_cost);
    if (length < text.size()) {
      const std::size_t line_break = text.substr(0, length).rfind('\n');
      if (line_break != std::string_view::npos && line_break > length / 2) length = line_break + 1;
    }
    sections.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return sections;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

std::string header_of(const std::string& title) {
  if (total_cost(title, escaped_cost) <= kMaxSlackHeader) return title;
  return title.substr(0, prefix_within(title, kMaxSlackHeader - 1, escaped_cost)) + "…";
}

}  // namespace

std::string slack_payload(const config::Settings& settings, const Message& message) {
  const std::string name = sendable_line(settings.slack_app_name, kMaxName);
  const std::string subject = sendable_line(message.subject, kMaxSubject);
  std::string title = name;
  if (!title.empty() && !subject.empty()) title += ": ";
  title += subject;
  if (is_blank(title)) title = "(no subject)";
  const std::string body = cut_middle(sendable_text(message.body), kMaxBody, escaped_cost);

  ordered_json blocks = ordered_json::array();
  blocks.push_back({{"type", "header"}, {"text", plain(header_of(title))}});
  for (const std::string_view section : sections_of(body)) {
    // Slack refuses a section without text.
    if (is_blank(section)) continue;
    blocks.push_back({{"type", "section"}, {"text", plain(section)}});
  }
  const std::string context =
      sendable_line(name + (name.empty() || message.created.empty() ? "" : " · ") + message.created,
                    2 * kMaxName);
  if (!is_blank(context)) {
    blocks.push_back({{"type", "context"}, {"elements", ordered_json::array({plain(context)})}});
  }

  ordered_json payload;
  if (!name.empty()) payload["username"] = name;
  payload["text"] = with_entities(is_blank(body) ? title : title + "\n" + body);
  payload["mrkdwn"] = false;
  payload["unfurl_links"] = false;
  payload["unfurl_media"] = false;
  payload["blocks"] = std::move(blocks);
  return payload.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace dblog::notify
