// Applies the limits.
#include "src/event/event_facts.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "src/base/text_buffer.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::event {
namespace {

constexpr std::string_view kCutMark = " …";

// As the messages of crashes are cut. No more is looked at than may be kept.
std::string bounded_text(std::string_view bytes) {
  constexpr std::size_t kLongestCharacter = 4;
  char text[kMaxFieldText + 1];
  crash::TextBuffer buffer{text};
  buffer.untrusted(bytes.substr(0, kMaxFieldText + kLongestCharacter));
  std::string kept(buffer.view());
  if (buffer.is_cut()) kept += kCutMark;
  return kept;
}

// SQLite makes NULL of NaN, and JSON knows neither.
FieldValue number_value(double number) {
  if (std::isfinite(number)) return number;
  if (std::isnan(number)) return "nan";
  return number < 0 ? "-inf" : "inf";
}

FieldValue stored_value(const FieldValue::Held& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return bounded_text(*text);
  if (const auto* number = std::get_if<double>(&value)) return number_value(*number);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  return std::get<bool>(value);
}

// The value's place, or null if it is one too many.
FieldValue* find_place(store::EventFactsRow& row, std::string_view bytes) {
  std::string name = text::one_line(bytes, kMaxNameCharacters);
  const auto same = std::find_if(row.fields.begin(), row.fields.end(),
                                 [&](const Field& field) { return field.name == name; });
  if (same != row.fields.end()) return &same->value;
  if (row.fields.size() == kMostFields) {
    ++row.fields_left_out;
    return nullptr;
  }
  return &row.fields.emplace_back(Field{std::move(name), {}}).value;
}

}  // namespace

void FactsBuilder::set_severity(Severity severity) noexcept {
  row_.severity = severity <= Severity::critical ? severity : Severity::error;
}

void FactsBuilder::add_field(std::string_view name, std::string_view text) {
  if (FieldValue* place = find_place(row_, name)) *place = bounded_text(text);
}

void FactsBuilder::add_field(std::string_view name, const FieldValue::Held& value) {
  if (FieldValue* place = find_place(row_, name)) *place = stored_value(value);
}

void FactsBuilder::add_tag(std::string_view tag) {
  std::string line = text::one_line(tag, kMaxNameCharacters);
  if (line.empty() || std::find(row_.tags.begin(), row_.tags.end(), line) != row_.tags.end()) {
    return;
  }
  if (row_.tags.size() == kMostTags) {
    ++row_.tags_left_out;
  } else {
    row_.tags.push_back(std::move(line));
  }
}

std::optional<store::EventFactsRow> event_facts_row(const PushOptions& options) {
  if (!has_facts(options)) return std::nullopt;
  FactsBuilder builder;
  builder.set_severity(options.severity);
  for (const Field& field : options.fields) builder.add_field(field.name, field.value.held());
  for (const std::string& tag : options.tags) builder.add_tag(tag);
  return std::move(builder).finish();
}

}  // namespace dblog::event
