// Context: crash time.
#include "handlers/sqlite/crash_part_rows.hpp"

#include "handlers/sqlite/crash_statements.hpp"
#include "handlers/unwind/registers.hpp"
#include "src/base/field_bytes.hpp"
#include "src/base/text_buffer.hpp"
#include "src/base/utf8.hpp"
#include "src/base/visible_text.hpp"
#include "src/schema/event_words.hpp"

namespace dblog::crash {
namespace {

// Texts are made here and not on the stack, which may be a small alternate one. One crash at a
// time: the gate's owner has them to itself.
char field_name[512];
char field_text[4'096];
std::string_view field_names[CrashRecord::kMaxContextFields];

bool insert_frames(const CrashRecord& record, std::int32_t thread_id, const Frame* frames,
                   std::uint32_t count, std::int64_t crash_id, ConnectionError& error) noexcept {
  for (std::uint32_t i = 0; i < count; ++i) {
    const Frame& captured = frames[i];
    char address[24];
    base::TextBuffer{address}.hex(captured.address);
    char offset[24] = {};
    char build_id[2 * Module::kMaxBuildId + 1] = {};
    const char* path = "";
    if (const Module* module = module_of(record, captured)) {
      path = module->path;
      base::TextBuffer{offset}.hex(captured.address - module->load_bias);
      base::TextBuffer{build_id}.hex_bytes(module->build_id, module->build_id_size);
    }
    if (!RowBinder{frame}
             .number(crash_id)
             .number(thread_id)
             .number(captured.depth)
             .text(address)
             .text(path)
             .text(build_id)
             .text(offset)
             .number(captured.is_return_address ? 1 : 0)
             .run(error)) {
      return false;
    }
  }
  return true;
}

bool insert_threads(const CrashRecord& record, std::int64_t crash_id,
                    ConnectionError& error) noexcept {
  for (std::uint32_t i = 0; i < record.thread_count; ++i) {
    const ThreadStack& other = record.threads[i];
    if (!RowBinder{thread}
             .number(crash_id)
             .number(other.thread_id)
             .text(other.name)
             .number(other.has_answered ? 1 : 0)
             .run(error) ||
        !insert_frames(record, other.thread_id, other.frames, other.frame_count, crash_id, error)) {
      return false;
    }
  }
  return true;
}

bool insert_registers(const CrashRecord& record, std::int64_t crash_id,
                      ConnectionError& error) noexcept {
  for (std::uint32_t i = 0; i < record.register_count; ++i) {
    const char* name = register_name(i);
    if (name == nullptr) break;
    char value[24];
    base::TextBuffer{value}.hex(record.registers[i]);
    if (!RowBinder{processor_register}.number(crash_id).text(name).text(value).run(error))
      return false;
  }
  return true;
}

bool insert_breadcrumbs(const CrashRecord& record, const ProcessFacts& facts, std::int64_t crash_id,
                        ConnectionError& error) noexcept {
  for (std::uint32_t i = 0; i < record.breadcrumb_count; ++i) {
    const Breadcrumb& crumb = record.breadcrumbs[i];
    const std::int32_t utc_offset = facts.local_time.offset_at(crumb.utc_microseconds);
    char date[base::kDateTextSize];
    base::format_date(crumb.utc_microseconds, utc_offset, date);
    if (!RowBinder{breadcrumb}
             .number(crash_id)
             .number(static_cast<std::int64_t>(crumb.number))
             .text(date)
             .number(crumb.thread_id)
             .text_or_empty(crumb.text)
             .number(utc_offset)
             .run(error)) {
      return false;
    }
  }
  return true;
}

// A name is one line.
void put_name(base::TextBuffer& text, std::string_view name) noexcept {
  while (!name.empty()) {
    const base::CodePoint first = base::first_code_point(name);
    const base::VisiblePiece piece = base::next_visible_piece(name);
    const bool is_control = first.bytes != 0 && base::is_control(first.value);
    text << (is_control ? std::string_view{" "} : piece.text());
  }
}

RowBinder& put_value(RowBinder& row, const base::FieldView& field) noexcept {
  switch (field.type) {
    case base::FieldType::integer:
      return row.number(field.integer);
    case base::FieldType::real:
      return row.real(field.real);
    case base::FieldType::boolean:
      return row.number(field.boolean ? 1 : 0);
    default:
      break;
  }
  base::TextBuffer text{field_text};
  return row.text_or_empty(text.untrusted(field.text).view());
}

bool has_name(std::size_t count, std::string_view name) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (field_names[i] == name) return true;
  }
  return false;
}

// Inner scopes come first, and hide others' values of the same name.
bool insert_context(const CrashRecord& record, std::int64_t crash_id,
                    ConnectionError& error) noexcept {
  base::FieldReader reader{{record.context, record.context_size}};
  std::size_t count = 0;
  base::FieldView field;
  while (count < CrashRecord::kMaxContextFields && reader.next(field)) {
    if (field.type == base::FieldType::tag || has_name(count, field.name)) continue;
    field_names[count++] = field.name;
    base::TextBuffer name{field_name};
    put_name(name, field.name);
    RowBinder row{crash_field};
    row.number(crash_id)
        .number(static_cast<std::int64_t>(count))
        .text_or_empty(name.view())
        .text(schema::kFieldTypeWords[static_cast<std::size_t>(field.type)]);
    if (!put_value(row, field).run(error)) return false;
  }
  return true;
}

bool insert_note(const CrashRecord& record, std::int64_t crash_id,
                 ConnectionError& error) noexcept {
  const std::string_view state = word_of(record.note_state);
  return state.empty() ||
         RowBinder{note}.number(crash_id).text(state).text_or_empty(record.note).run(error);
}

bool insert_noexcept_frame(const CrashRecord& record, std::int64_t crash_id,
                           ConnectionError& error) noexcept {
  return !record.has_noexcept_frame || RowBinder{noexcept_frame}
                                           .number(crash_id)
                                           .number(record.noexcept_depth)
                                           .number(record.was_unwinding ? 1 : 0)
                                           .run(error);
}

}  // namespace

bool insert_crash_parts(std::int64_t crash_id, const CrashRecord& record, const ProcessFacts& facts,
                        ConnectionError& error) noexcept {
  return insert_frames(record, record.thread_id, record.frames, record.frame_count, crash_id,
                       error) &&
         insert_threads(record, crash_id, error) && insert_registers(record, crash_id, error) &&
         insert_breadcrumbs(record, facts, crash_id, error) &&
         insert_context(record, crash_id, error) && insert_note(record, crash_id, error) &&
         insert_noexcept_frame(record, crash_id, error);
}

}  // namespace dblog::crash
