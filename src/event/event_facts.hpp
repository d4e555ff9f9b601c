// Severity, fields and tags as the store takes them: within limits, in UTF-8, each name once.
// Used by EventLogger, and by the queue for what it reads back. Bad input costs the event nothing:
// what is too much is left out and counted, what is too long is cut and marked.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "dblog/event_logger.hpp"
#include "src/store/rows.hpp"

namespace dblog::event {

inline constexpr std::size_t kMostFields = 64;
inline constexpr std::size_t kMostTags = 32;
inline constexpr std::size_t kMaxNameCharacters = 128;  ///< Of a field's name and of a tag.
inline constexpr std::size_t kMaxFieldText = 4'096;     ///< Bytes of a field's text.

/// Whether a push says more than its message. Cheap: it is asked for every push.
[[nodiscard]] inline bool has_facts(const PushOptions& options) noexcept {
  return options.severity != Severity::error || !options.fields.empty() || !options.tags.empty();
}

/// Takes severity, fields and tags one by one, and applies the limits.
class FactsBuilder {
 public:
  /// `severity`: of dblog::Severity; any other value is `error`.
  void set_severity(Severity severity) noexcept;

  /// A name becomes one line; if a name comes twice, the last value counts, in the first one's
  /// place.
  void add_field(std::string_view name, const FieldValue::Held& value);

  /// Fields and tags of untrusted bytes (src/base/field_bytes.hpp), as far as they can be read.
  /// One of a context counts only if there is no field of its name yet.
  void add_fields(std::string_view bytes);

  /// A tag becomes one line; an empty tag and a repeated one are dropped.
  void add_tag(std::string_view tag);

  [[nodiscard]] store::EventFactsRow finish() && { return std::move(row_); }

 private:
  // Null if it is one too many.
  FieldValue* find_place(std::string_view name);
  // Null also if there is one of that name.
  FieldValue* find_new_place(std::string_view name);

  store::EventFactsRow row_;
};

/// With the values of the calling thread's context. Nothing for a push that says no more than its
/// message, outside of any.
[[nodiscard]] std::optional<store::EventFactsRow> event_facts_row(const PushOptions& options);

}  // namespace dblog::event
