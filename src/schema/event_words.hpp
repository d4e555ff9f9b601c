// What is known of an event beyond its message, as words of a closed vocabulary: the column
// `severity` of event_facts and `type` of event_fields. Writers and readers share them, so that no
// code reads a fact out of a text for people. docs/schema.md explains every word.
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

namespace dblog::schema {

/// In the order of dblog::Severity.
inline constexpr std::string_view kSeverityWords[] = {"info", "warning", "error", "critical"};

/// Of an event that has no row in event_facts.
inline constexpr std::size_t kUsualSeverity = 2;
inline constexpr std::string_view kUsualSeverityWord = kSeverityWords[kUsualSeverity];

/// In the order of dblog::FieldValue::Held.
inline constexpr std::string_view kFieldTypeWords[] = {"text", "integer", "real", "boolean"};

/// For any other number the usual severity's.
constexpr std::string_view severity_word(std::size_t severity) noexcept {
  return severity < std::size(kSeverityWords) ? kSeverityWords[severity] : kUsualSeverityWord;
}

}  // namespace dblog::schema
