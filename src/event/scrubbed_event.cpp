#include "src/event/scrubbed_event.hpp"

#include <new>
#include <string>
#include <variant>
#include <vector>

#include "handlers/record/context_values.hpp"
#include "src/base/field_bytes.hpp"

namespace dblog::event {
namespace {

// A context's own limit is less: it has no longer texts.
constexpr std::size_t kLongestText = 0xFFFF;

bool copy_field(const scrub::Rules& rules, const base::FieldView& field,
                base::FieldWriter& writer) {
  if (rules.keys().is_secret(field.name)) return writer.text(field.name, scrub::kScrubbed);
  if (field.type != base::FieldType::text) return writer.copy(field);
  const std::string text = rules.scrubbed(field.text);
  return writer.text(field.name, text.size() > kLongestText ? scrub::kScrubbed : text);
}

}  // namespace

PushOptions scrubbed_options(const scrub::Rules& rules, const PushOptions& options) {
  PushOptions clean = options;
  for (Field& field : clean.fields) {
    if (rules.keys().is_secret(field.name)) {
      field.value = scrub::kScrubbed;
    } else if (const auto* text = std::get_if<std::string>(&field.value.held())) {
      field.value = rules.scrubbed(*text);
    }
  }
  for (std::string& tag : clean.tags) rules.scrub(tag);
  return clean;
}

std::size_t copy_scrubbed_context(char* to, std::size_t capacity) noexcept try {
  const scrub::Rules* const rules = scrub::active_rules();
  if (rules == nullptr || !crash::has_context()) return crash::copy_context(to, capacity);
  std::vector<char> bytes(crash::kMaxContext);
  base::FieldReader reader{{bytes.data(), crash::copy_context(bytes.data(), bytes.size())}};
  base::FieldWriter writer{to, capacity, base::kOfContext};
  for (base::FieldView field; reader.next(field);) {
    if (!copy_field(*rules, field, writer)) return capacity + 1;
  }
  return writer.size();
} catch (const std::bad_alloc&) {
  return 0;
}

}  // namespace dblog::event
