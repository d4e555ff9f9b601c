#include "src/recovery/scrubbed_record.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "src/base/field_bytes.hpp"
#include "src/base/text_buffer.hpp"
#include "src/base/utf8.hpp"
#include "src/scrub/rules.hpp"

namespace dblog::recovery {
namespace {

template <std::size_t N>
void scrub_text(const scrub::Rules& rules, char (&text)[N]) {
  const std::string clean = rules.scrubbed({text, ::strnlen(text, N)});
  base::TextBuffer{text}.untrusted(clean);
}

void scrub_message(const scrub::Rules& rules, crash::CrashRecord& record) {
  const std::string clean = rules.scrubbed({record.message, record.message_size});
  const std::string_view kept = base::whole_characters(clean, sizeof record.message - 1);
  std::memcpy(record.message, kept.data(), kept.size());
  record.message_size = static_cast<std::uint32_t>(kept.size());
}

// The first of a name counts: what has no room for its value any more has none of those that
// follow.
void write_field(const scrub::Rules& rules, const base::FieldView& field,
                 base::FieldWriter& writer) {
  const bool is_secret = rules.keys().is_secret(field.name);
  if (!is_secret && field.type == base::FieldType::integer) {
    writer.integer(field.name, field.integer);
  } else if (!is_secret && field.type == base::FieldType::real) {
    writer.real(field.name, field.real);
  } else if (!is_secret && field.type == base::FieldType::boolean) {
    writer.boolean(field.name, field.boolean);
  } else if (field.type != base::FieldType::tag) {
    const std::string text = is_secret ? scrub::kScrubbed : rules.scrubbed(field.text);
    if (!writer.text(field.name, text)) writer.text(field.name, "");
  }
}

void scrub_context(const scrub::Rules& rules, crash::CrashRecord& record) {
  const std::vector<char> before(record.context, record.context + record.context_size);
  base::FieldReader reader{{before.data(), before.size()}};
  base::FieldWriter writer{record.context, sizeof record.context, base::kOfContext};
  for (base::FieldView field; reader.next(field);) write_field(rules, field, writer);
  record.context_size = static_cast<std::uint32_t>(writer.size());
}

}  // namespace

void scrub_record(crash::CrashRecord& record) {
  const scrub::Rules* const rules = scrub::active_rules();
  if (rules == nullptr) return;
  scrub_message(*rules, record);
  scrub_context(*rules, record);
  scrub_text(*rules, record.thread_name);
  if (record.note_state != schema::NoteState::none) scrub_text(*rules, record.note);
  for (std::uint32_t i = 0; i < record.breadcrumb_count; ++i) {
    scrub_text(*rules, record.breadcrumbs[i].text);
  }
  for (std::uint32_t i = 0; i < record.thread_count; ++i) {
    scrub_text(*rules, record.threads[i].name);
  }
}

}  // namespace dblog::recovery
