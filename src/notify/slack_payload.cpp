// What a message holds is shown as it is: as plain_text, or as code. Slack wants '&', '<' and '>'
// escaped everywhere, and counts the escaped text.
#include "src/notify/slack_payload.hpp"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "src/notify/entities.hpp"
#include "src/notify/plain_text.hpp"

namespace dblog::notify {
namespace {

using nlohmann::ordered_json;
using text::MessagePart;
using text::PartKind;

// Of all blocks; a unit is three bytes at most, so kMaxSlackPayloadBytes has room for the rest.
constexpr std::size_t kMaxBody = 36'000;
constexpr std::size_t kMaxWords = 20'000;
constexpr std::size_t kMaxCode = 6'000;
constexpr std::size_t kMaxSubject = 500;
constexpr std::size_t kMaxName = 80;
// A section's text without the title and the marks around the code.
constexpr std::size_t kCodeOfSection = 2'700;
constexpr std::size_t kMaxPartName = 40;

constexpr std::string_view kLikeBacktick = "ˋ";  // U+02CB

std::size_t escaped_cost(char32_t character, std::size_t /*bytes*/) {
  if (character == U'&') return 5;
  if (character == U'<' || character == U'>') return 4;
  return character >= 0x10000 ? 2 : 1;
}

std::string within(std::string_view text, std::size_t limit) {
  if (total_cost(text, escaped_cost) <= limit) return std::string(text);
  return std::string(text.substr(0, prefix_within(text, limit - 1, escaped_cost))) + "…";
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

ordered_json plain(std::string_view text) {
  return {{"type", "plain_text"}, {"text", with_entities(text)}, {"emoji", false}};
}

ordered_json section(ordered_json text) { return {{"type", "section"}, {"text", std::move(text)}}; }

// At a line break if the last half has one, so that lines stay whole.
std::vector<std::string_view> pieces_of(std::string_view text, std::size_t limit) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    std::size_t length = prefix_within(text, limit, escaped_cost);
    if (length < text.size()) {
      const std::size_t line_break = text.substr(0, length).rfind('\n');
      if (line_break != std::string_view::npos && line_break > length / 2) length = line_break + 1;
    }
    pieces.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return pieces;
}

// Three backticks in a row end a block of code: of some in a row all but the first become a
// character that looks alike.
std::string code_text(std::string_view text) {
  std::string code;
  bool is_after_tick = false;
  for (const char c : with_entities(text)) {
    const bool is_tick = c == '`';
    if (is_tick && is_after_tick) {
      code += kLikeBacktick;
    } else {
      code += c;
    }
    is_after_tick = is_tick;
  }
  return code;
}

std::string fenced(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return "```\n" + code_text(text) + "\n```";
}

// A name of ours in bold; of anybody's making if the database is.
std::string bold(std::string_view name) {
  std::string text = sendable_line(name, kMaxPartName);
  std::erase_if(text, [](char c) { return c == '*' || c == '_' || c == '~' || c == '`'; });
  return is_blank(text) ? "" : '*' + with_entities(text) + '*';
}

ordered_json formatted(std::string_view text) {
  return {{"type", "mrkdwn"}, {"text", text}, {"verbatim", true}};
}

/// The blocks of one message, with what they cost of its limits.
class Blocks {
 public:
  void add_header(std::string_view title) {
    blocks_.push_back({{"type", "header"}, {"text", plain(within(title, kMaxSlackHeader))}});
  }

  void add_prose(std::string_view text, std::size_t limit) {
    const std::string words = cut_middle(sendable_text(text), limit, escaped_cost);
    cost_ += total_cost(words, escaped_cost);
    for (const std::string_view piece : pieces_of(words, kMaxSlackSection)) {
      // Slack refuses a section without text.
      if (!is_blank(piece)) blocks_.push_back(section(plain(piece)));
    }
  }

  void add_code(std::string_view text, std::string_view name) {
    const std::string code = cut_middle(sendable_text(text), kMaxCode, escaped_cost);
    cost_ += total_cost(code, escaped_cost);
    std::string title = bold(name);
    if (!title.empty()) title += '\n';
    for (const std::string_view piece : pieces_of(code, kCodeOfSection)) {
      if (is_blank(piece)) continue;
      blocks_.push_back(section(formatted(title + fenced(piece))));
      title.clear();
    }
  }

  // Side by side: the name, then the value.
  void add_facts(std::string_view body, const MessagePart* first, const MessagePart* last) {
    ordered_json fields = ordered_json::array();
    const auto flush = [&] {
      if (!fields.empty()) blocks_.push_back({{"type", "section"}, {"fields", fields}});
      fields.clear();
    };
    for (; first != last; ++first) {
      const std::string value = sendable_text(text_of(body, *first));
      const std::string name = bold(first->name);
      if (is_blank(value) || name.empty()) continue;
      const std::string_view shown = pieces_of(value, kMaxSlackField).front();
      cost_ += total_cost(shown, escaped_cost);
      fields.push_back(formatted(name));
      fields.push_back(plain(shown));
      if (fields.size() == kMaxSlackFields) flush();
    }
    flush();
  }

  void add_context(std::string_view text) {
    if (is_blank(text)) return;
    blocks_.push_back({{"type", "context"}, {"elements", ordered_json::array({plain(text)})}});
  }

  [[nodiscard]] bool are_within_limits() const {
    return blocks_.size() <= kMaxSlackBlocks && cost_ <= kMaxBody;
  }

  [[nodiscard]] const ordered_json& json() const { return blocks_; }

 private:
  ordered_json blocks_ = ordered_json::array();
  std::size_t cost_ = 0;
};

bool is_prose(const MessagePart& part) {
  return part.kind == PartKind::summary || part.kind == PartKind::words;
}

// Sentences and words that follow each other share a section, with what stands between them.
void add_parts(Blocks& blocks, std::string_view body, const std::vector<MessagePart>& parts) {
  const MessagePart* const end = parts.data() + parts.size();
  for (const MessagePart* part = parts.data(); part != end;) {
    const MessagePart* next = part + 1;
    if (is_prose(*part)) {
      while (next != end && is_prose(*next)) ++next;
      const MessagePart& last = next[-1];
      blocks.add_prose(body.substr(part->at, last.at + last.size - part->at), kMaxWords);
    } else if (part->kind == PartKind::fact) {
      while (next != end && next->kind == PartKind::fact) ++next;
      blocks.add_facts(body, part, next);
    } else {
      blocks.add_code(text_of(body, *part), part->name);
    }
    part = next;
  }
}

Blocks blocks_of(const Message& message, const std::string& title, const std::string& context,
                 bool by_parts) {
  Blocks blocks;
  blocks.add_header(title);
  if (by_parts) {
    add_parts(blocks, message.body, message.parts);
  } else {
    blocks.add_prose(message.body, kMaxBody);
  }
  blocks.add_context(context);
  return blocks;
}

// '@' and '[' with a zero-width space behind: no server takes them for a mention or a link. No
// backtick: it would begin code.
std::string harmless(std::string_view line) {
  std::string text;
  for (const char c : with_entities(line)) {
    if (c == '`') {
      text += kLikeBacktick;
    } else {
      text += c;
    }
    if (c == '@' || c == '[') text += "\u200b";
  }
  return text;
}

std::size_t unit_cost(char32_t character, std::size_t /*bytes*/) {
  return character >= 0x10000 ? 2 : 1;
}

// A long text of the program's leaves room for the facts behind it.
std::string with_short_prose(const Message& message) {
  constexpr std::size_t kMaxWordsOfFallback = 600;
  if (!are_parts_of(message.body, message.parts)) return message.body;
  std::string text;
  std::size_t at = 0;
  for (const MessagePart& part : message.parts) {
    if (part.kind != PartKind::words || part.size <= kMaxWordsOfFallback) continue;
    text += message.body.substr(at, part.at - at);
    text += within(sendable_text(text_of(message.body, part)), kMaxWordsOfFallback);
    at = part.at + part.size;
  }
  return text + message.body.substr(at);
}

// For notifications, and for servers that know no blocks: some take 2,000 characters at most, and
// all read the text as Markdown, in which only code is shown as it is.
std::string fallback_text(const std::string& title, const std::string& subject,
                          const Message& message) {
  constexpr std::size_t kMaxLine = 300;
  constexpr std::size_t kMarks = 10;
  std::string line = harmless(within(title, kMaxLine));
  const std::string body = sendable_text(with_short_prose(message));
  if (is_blank(body) || sendable_line(body, kMaxSubject) == subject) return line;
  const std::size_t room = kMaxSlackText - kMarks - total_cost(line, unit_cost);
  return line + '\n' + fenced(cut_middle(body, room, escaped_cost));
}

}  // namespace

std::string slack_payload(const config::Settings& settings, const Message& message) {
  const std::string name = sendable_line(settings.slack_app_name, kMaxName);
  const std::string subject = sendable_line(message.subject, kMaxSubject);
  std::string title = name;
  if (!title.empty() && !subject.empty()) title += ": ";
  title += subject;
  if (is_blank(title)) title = "(no subject)";
  const std::string context =
      sendable_line(name + (name.empty() || message.created.empty() ? "" : " · ") + message.created,
                    2 * kMaxName);

  const bool has_parts = !message.parts.empty() && are_parts_of(message.body, message.parts);
  Blocks blocks = blocks_of(message, title, context, has_parts);
  if (!blocks.are_within_limits()) blocks = blocks_of(message, title, context, false);

  ordered_json payload;
  if (!name.empty()) payload["username"] = name;
  payload["text"] = fallback_text(title, subject, message);
  payload["unfurl_links"] = false;
  payload["unfurl_media"] = false;
  payload["blocks"] = blocks.json();
  return payload.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace dblog::notify
