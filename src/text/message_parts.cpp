#include "src/text/message_parts.hpp"

#include <algorithm>

namespace dblog::text {

void LaidOutText::add(PartKind kind, std::string_view text, std::string_view name) {
  parts.push_back({kind, std::string(name), body.size(), text.size()});
  body += text;
}

void LaidOutText::add(const LaidOutText& other) {
  for (MessagePart part : other.parts) {
    part.at += body.size();
    parts.push_back(std::move(part));
  }
  body += other.body;
}

std::string_view text_of(std::string_view body, const MessagePart& part) {
  return part.at >= body.size() ? std::string_view{} : body.substr(part.at, part.size);
}

bool are_parts_of(std::string_view body, const std::vector<MessagePart>& parts) {
  std::size_t end = 0;
  return std::all_of(parts.begin(), parts.end(), [&](const MessagePart& part) {
    if (part.at < end || part.at > body.size() || part.size > body.size() - part.at) return false;
    end = part.at + part.size;
    return true;
  });
}

}  // namespace dblog::text
