#include "src/sqlite/row_scrubbing.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "src/scrub/rules.hpp"

namespace dblog::sqlite {
namespace {

constexpr std::string_view kColumnsOfWords[] = {
    "msg",          "task",        "note",  "subject", "body",         "last_error",
    "command_line", "thread_name", "title", "parts",   "message_body", "message_subject"};

bool scrub_value(const scrub::Rules& rules, Value& value) {
  auto* const text = std::get_if<std::string>(&value);
  if (text == nullptr) return false;
  std::string clean = rules.scrubbed(*text);
  if (clean == *text) return false;
  *text = std::move(clean);
  return true;
}

}  // namespace

bool scrub_row(Row& row) {
  const scrub::Rules* const rules = scrub::active_rules();
  if (rules == nullptr) return false;
  bool has_changed = false;
  for (Column& column : row.columns) {
    const bool is_of_words = std::find(std::begin(kColumnsOfWords), std::end(kColumnsOfWords),
                                       column.name) != std::end(kColumnsOfWords);
    if (is_of_words && scrub_value(*rules, column.value)) has_changed = true;
  }
  return has_changed;
}

void scrub_field(Row& row) {
  const scrub::Rules* const rules = scrub::active_rules();
  if (rules == nullptr) return;
  const bool is_secret = rules->keys().is_secret(row.text("name").value_or(""));
  for (Column& column : row.columns) {
    if (is_secret && column.name == "value") column.value = scrub::kScrubbed;
    if (is_secret && column.name == "type") column.value = "text";
    if (!is_secret && column.name == "value") scrub_value(*rules, column.value);
  }
}

}  // namespace dblog::sqlite
