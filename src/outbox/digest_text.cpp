// Counts and times in words.
#include "src/outbox/digest_text.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace dblog::outbox {
namespace {

using text::LaidOutText;
using text::PartKind;

std::string plural(std::int64_t count, const std::string& unit) {
  return with_commas(count) + ' ' + unit + (count == 1 ? "" : "s");
}

std::string span_text(std::chrono::seconds span) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr std::array<Unit, 3> kUnits = {{{86'400, "day"}, {3'600, "hour"}, {60, "minute"}}};
  const std::int64_t seconds = span.count() < 1 ? 1 : span.count();
  for (const Unit& unit : kUnits) {
    // "90 minutes" says more than "1 hour".
    if (seconds >= 2 * unit.seconds) {
      return plural((seconds + unit.seconds / 2) / unit.seconds, unit.name);
    }
  }
  if (seconds == 60) return "1 minute";
  return plural(seconds, "second");
}

std::string count_text(const GroupPart& part) {
  if (part.more_since) return with_commas(part.alerts) + " more";
  return part.alerts == 1 ? "once" : with_commas(part.alerts) + " times";
}

// "YYYY-MM-DD HH:MM:SS": a fraction does not help the reader.
std::string without_fraction(const std::string& date) { return date.substr(0, 19); }

std::string when_text(const GroupPart& part, Timestamp now) {
  std::string text;
  if (part.more_since) {
    text += " in " +
            span_text(std::chrono::duration_cast<std::chrono::seconds>(now - *part.more_since));
  }
  const std::string first = without_fraction(part.first_created);
  const std::string last = without_fraction(part.last_created);
  return text + (first == last ? ", at " + first : ", from " + first + " to " + last);
}

// What the first text does not say: the numbers that were masked.
void add_samples(LaidOutText& text, const GroupPart& part, const char* title) {
  if (part.samples.empty()) return;
  std::string lines;
  for (const std::string& sample : part.samples) lines += (lines.empty() ? "- " : "\n- ") + sample;
  text.add(std::string("\n\n") + title + ":\n");
  text.add(PartKind::code, lines, title);
  text.add("\n\n");
}

// Where an alert is about no row, or one of a table with a name that would take too much room:
// none.
std::string id_text(const GroupPart& part) {
  constexpr std::size_t kLongest = 50;
  return part.id.empty() || part.id.size() > kLongest ? "" : " (ID " + part.id + ")";
}

LaidOutText trimmed(LaidOutText text) {
  text.body.erase(text.body.find_last_not_of('\n') + 1);
  for (text::MessagePart& part : text.parts) {
    part.at = std::min(part.at, text.body.size());
    part.size = std::min(part.size, text.body.size() - part.at);
  }
  return text;
}

}  // namespace

std::string with_regression(const GroupPart& part, const std::string& subject) {
  return part.has_regressed ? "regressed: " + subject : subject;
}

std::string with_commas(std::int64_t number) {
  std::string text = std::to_string(number);
  constexpr std::size_t kGroup = 3;
  for (std::size_t at = text.size(); at > kGroup && text[at - kGroup - 1] != '-';) {
    at -= kGroup;
    text.insert(at, 1, ',');
  }
  return text;
}

DigestText digest_of_one(const GroupPart& part, Timestamp now) {
  const std::string count = count_text(part);
  DigestText digest{with_regression(part, count + ": " + part.subject), {}};
  LaidOutText& text = digest.text;
  text.add(PartKind::summary, count + when_text(part, now));
  if (part.alerts == 1) {
    text.add(":\n\n");
  } else {
    text.add(".");
    add_samples(text, part, "Others of them say");
    if (part.samples.empty()) text.add(" ");
    text.add(PartKind::summary, "The first of them:");
    text.add("\n\n");
  }
  text.add(part.text);
  return digest;
}

DigestText digest_of_many(const std::vector<GroupPart>& parts, Timestamp now) {
  std::int64_t alerts = 0;
  for (const GroupPart& part : parts) alerts += part.alerts;
  const std::string kinds = plural(static_cast<std::int64_t>(parts.size()), "kind");
  const std::string count = with_commas(alerts) + " alerts of " + kinds;
  const auto regressed = std::find_if(parts.begin(), parts.end(),
                                      [](const GroupPart& part) { return part.has_regressed; });
  const GroupPart& first = regressed == parts.end() ? parts.front() : *regressed;
  DigestText digest{with_regression(first, count + ": " + first.subject + ", …"), {}};
  LaidOutText& text = digest.text;
  text.add(PartKind::summary, count + ". More of one: dblog show ID");
  text.add("\n");
  std::size_t number = 0;
  for (const GroupPart& part : parts) {
    text.add("\n");
    text.add(PartKind::summary, "[" + std::to_string(++number) + " of " +
                                    std::to_string(parts.size()) + "] " + count_text(part) +
                                    when_text(part, now) + id_text(part) + ":");
    text.add("\n");
    text.add(PartKind::words, with_regression(part, part.subject));
    text.add("\n");
    text.add(trimmed(part.text));
    text.add("\n");
    for (const std::string& sample : part.samples) {
      text.add(PartKind::words, "Another: " + sample);
      text.add("\n");
    }
  }
  return digest;
}

std::size_t room_of(std::string_view subject, std::string_view body) {
  constexpr std::size_t kHeading = 120;
  std::size_t room = kHeading;
  for (const std::string_view text : {subject, body}) {
    for (const char c : text) room += c == '&' ? 5U : c == '<' || c == '>' ? 4U : 1U;
  }
  return room;
}

}  // namespace dblog::outbox
