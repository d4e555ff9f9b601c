#include "src/report/event_text.hpp"

#include "src/report/crash_text.hpp"
#include "src/schema/event_words.hpp"

namespace dblog::report {
namespace {

std::string value_text(const sqlite::Row& field) {
  const bool is_boolean = field.text("type") == "boolean";
  if (is_boolean) return field.integer("value").value_or(0) != 0 ? "true" : "false";
  return field.text("value").value_or("");
}

std::string not_kept_text(std::int64_t count) {
  return '(' + std::to_string(count) + (count == 1 ? " more was" : " more were") + " not kept)";
}

}  // namespace

std::string event_headline(const reader::Entry& event) {
  std::string line(first_line(event.row.text("msg").value_or("")));
  if (!event.facts) return line;
  if (event.facts->severity != schema::kUsualSeverityWord) {
    line = '[' + event.facts->severity + "] " + line;
  }
  const char* gap = "  ";
  for (const sqlite::Row& field : event.facts->fields) {
    line +=
        gap + field.text("name").value_or("") + '=' + std::string(first_line(value_text(field)));
    gap = " ";
  }
  for (const std::string& tag : event.facts->tags) {
    line += gap + ('#' + tag);
    gap = " ";
  }
  return line;
}

std::string field_text(const sqlite::Row& field) {
  return field.text("name").value_or("") + " = " + value_text(field);
}

std::vector<std::string> field_lines(const std::vector<sqlite::Row>& fields) {
  std::vector<std::string> lines;
  lines.reserve(fields.size());
  for (const sqlite::Row& field : fields) lines.push_back(field_text(field));
  return lines;
}

std::vector<std::string> field_lines(const reader::EventFacts& facts) {
  std::vector<std::string> lines = field_lines(facts.fields);
  if (facts.fields_left_out > 0) lines.push_back(not_kept_text(facts.fields_left_out));
  return lines;
}

std::string tags_text(const reader::EventFacts& facts) {
  std::string text;
  for (const std::string& tag : facts.tags) text += (text.empty() ? "" : ", ") + tag;
  if (facts.tags_left_out > 0) text += ' ' + not_kept_text(facts.tags_left_out);
  return text;
}

}  // namespace dblog::report
