// Applies the limits.
#include "src/event/event_facts.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "handlers/record/context_values.hpp"
#include "src/base/field_bytes.hpp"
#include "src/base/text_buffer.hpp"
#include "src/event/scrubbed_event.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::event {
namespace {

constexpr std::string_view kCutMark = " …";

// As the messages of crashes are cut. No more is looked at than may be kept.
std::string bounded_text(std::string_view bytes) {
  constexpr std::size_t kLongestCharacter = 4;
  char text[kMaxFieldText + 1];
  base::TextBuffer buffer{text};
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

FieldValue value_of(const base::FieldView& field) {
  switch (field.type) {
    case base::FieldType::integer:
      return field.integer;
    case base::FieldType::real:
      return number_value(field.real);
    case base::FieldType::boolean:
      return field.boolean;
    default:
      return bounded_text(field.text);
  }
}

Field* find_field(store::EventFactsRow& row, std::string_view name) {
  const auto same = std::find_if(row.fields.begin(), row.fields.end(),
                                 [&](const Field& field) { return field.name == name; });
  return same == row.fields.end() ? nullptr : &*same;
}

FieldValue* add_place(store::EventFactsRow& row, std::string name) {
  if (row.fields.size() == kMostFields) {
    ++row.fields_left_out;
    return nullptr;
  }
  return &row.fields.emplace_back(Field{std::move(name), {}}).value;
}

// Scrubbing may make it longer than any context is.
std::vector<char> scrubbed_context() {
  std::vector<char> bytes(crash::kMaxContext);
  std::size_t size = copy_scrubbed_context(bytes.data(), bytes.size());
  while (size > bytes.size()) {
    bytes.resize(2 * bytes.size());
    size = copy_scrubbed_context(bytes.data(), bytes.size());
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

void FactsBuilder::set_severity(Severity severity) noexcept {
  row_.severity = severity <= Severity::critical ? severity : Severity::error;
}

FieldValue* FactsBuilder::find_place(std::string_view bytes) {
  std::string name = text::one_line(bytes, kMaxNameCharacters);
  Field* const same = find_field(row_, name);
  return same == nullptr ? add_place(row_, std::move(name)) : &same->value;
}

FieldValue* FactsBuilder::find_new_place(std::string_view bytes) {
  std::string name = text::one_line(bytes, kMaxNameCharacters);
  return find_field(row_, name) == nullptr ? add_place(row_, std::move(name)) : nullptr;
}

void FactsBuilder::add_field(std::string_view name, const FieldValue::Held& value) {
  if (FieldValue* place = find_place(name)) *place = stored_value(value);
}

void FactsBuilder::add_fields(std::string_view bytes) {
  base::FieldReader reader{bytes};
  for (base::FieldView field; reader.next(field);) {
    if (field.type == base::FieldType::tag) {
      add_tag(field.name);
    } else if (FieldValue* place =
                   field.is_of_context ? find_new_place(field.name) : find_place(field.name)) {
      *place = value_of(field);
    }
  }
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
  const bool has_context = crash::has_context();
  if (!has_facts(options) && !has_context) return std::nullopt;
  FactsBuilder builder;
  builder.set_severity(options.severity);
  for (const Field& field : options.fields) builder.add_field(field.name, field.value.held());
  for (const std::string& tag : options.tags) builder.add_tag(tag);
  if (has_context) {
    const std::vector<char> bytes = scrubbed_context();
    builder.add_fields({bytes.data(), bytes.size()});
  }
  return std::move(builder).finish();
}

}  // namespace dblog::event
