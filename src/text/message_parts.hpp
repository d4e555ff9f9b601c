// A message's text, and which of its bytes are what. Mail and Slack lay it out by that; what they
// show is the text's own bytes, so that the plain text is all that has to be kept and read.
// Made by src/report and src/outbox, kept by src/outbox, laid out by src/notify.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dblog::text {

enum class PartKind {
  summary,  ///< A sentence of dblog's: what happened, or how often.
  words,    ///< A text as the program gave it.
  fact,     ///< A value; the part's name says of what.
  code,     ///< Lines in which columns matter: a stack, a command. Its name is the title.
};

struct MessagePart {
  PartKind kind = PartKind::words;
  std::string name;
  std::size_t at = 0;    ///< In bytes of the text.
  std::size_t size = 0;  ///< Without a line break at its end.

  friend bool operator==(const MessagePart&, const MessagePart&) = default;
};

struct LaidOutText {
  std::string body;
  std::vector<MessagePart> parts;  ///< In the order of the text; they do not overlap.

  /// What stands between parts.
  void add(std::string_view text) { body += text; }

  void add(PartKind kind, std::string_view text, std::string_view name = {});

  /// With its parts.
  void add(const LaidOutText& other);
};

/// The part's bytes of `body`; parts may be of anybody's making, so they are clipped to it.
[[nodiscard]] std::string_view text_of(std::string_view body, const MessagePart& part);

/// In order, within the text, without overlaps: what a layout may rely on.
[[nodiscard]] bool are_parts_of(std::string_view body, const std::vector<MessagePart>& parts);

}  // namespace dblog::text
