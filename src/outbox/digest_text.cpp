// Counts and times in words.
#include "src/outbox/digest_text.hpp"

#include <array>
#include <chrono>

namespace dblog::outbox {
namespace {

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
std::string samples_text(const GroupPart& part, const char* title) {
  if (part.samples.empty()) return ". ";
  std::string text = std::string(".\n\n") + title + '\n';
  for (const std::string& sample : part.samples) text += "- " + sample + '\n';
  return text + '\n';
}

// Where an alert is about no row, or one of a table with a name that would take too much room:
// none.
std::string id_text(const GroupPart& part) {
  constexpr std::size_t kLongest = 50;
  return part.id.empty() || part.id.size() > kLongest ? "" : " (ID " + part.id + ")";
}

std::string_view trimmed(std::string_view text) {
  const std::size_t end = text.find_last_not_of('\n');
  return text.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

}  // namespace

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
  std::string body = count + when_text(part, now);
  if (part.alerts == 1) {
    body += ":\n\n";
  } else {
    body += samples_text(part, "Others of them say:") + "The first of them:\n\n";
  }
  return {count + ": " + part.subject, body + part.body};
}

DigestText digest_of_many(const std::vector<GroupPart>& parts, Timestamp now) {
  std::int64_t alerts = 0;
  for (const GroupPart& part : parts) alerts += part.alerts;
  const std::string kinds = plural(static_cast<std::int64_t>(parts.size()), "kind");
  DigestText text{
      with_commas(alerts) + " alerts of " + kinds + ": " + parts.front().subject + ", …",
      with_commas(alerts) + " alerts of " + kinds + ". More of one: dblog show ID\n"};
  std::size_t number = 0;
  for (const GroupPart& part : parts) {
    text.body += "\n[" + std::to_string(++number) + " of " + std::to_string(parts.size()) + "] " +
                 count_text(part) + when_text(part, now) + id_text(part) + ":\n" + part.subject +
                 '\n';
    text.body += trimmed(part.body);
    text.body += '\n';
    for (const std::string& sample : part.samples) text.body += "Another: " + sample + '\n';
  }
  return text;
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
