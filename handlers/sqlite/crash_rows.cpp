// Context: crash time.
#include "handlers/sqlite/crash_rows.hpp"

#include <cstring>

#include "handlers/sqlite/crash_part_rows.hpp"
#include "handlers/sqlite/crash_statements.hpp"
#include "handlers/text/crash_report_text.hpp"
#include "src/base/prefault.hpp"
#include "src/base/signal_name.hpp"
#include "src/base/text_buffer.hpp"
#include "src/base/uuid.hpp"

namespace dblog::crash {
namespace {

// Texts are made here and not on the stack, which may be a small alternate one. One crash at a
// time: the gate's owner has them to itself.
char stack_trace_text[64 * 1024];
char body_text[3'008];

bool insert_hardware(const CrashRecord& record, std::string_view message, std::string_view date,
                     ConnectionError& error) noexcept {
  const base::HardwareSample& sample = record.hardware;
  const base::HardwareTexts texts = base::hardware_texts(sample);
  return RowBinder{hardware}
      .text(message)
      .number(record.process_id)
      .text(texts.cpu_times)
      .text(texts.cpu_usage)
      .text(texts.memory)
      .text(texts.mem_use)
      .known(sample.read_count)
      .known(sample.write_count)
      .text(date)
      .run(error);
}

bool insert_details(const base::HardwareSample& sample, std::int64_t hardware_id,
                    std::int32_t utc_offset, ConnectionError& error) noexcept {
  return RowBinder{details}
      .number(hardware_id)
      .known(sample.load_1)
      .known(sample.load_5)
      .known(sample.load_15)
      .known(sample.uptime_seconds)
      .known(sample.threads)
      .known(sample.open_files)
      .known(sample.open_files_limit)
      .known(sample.memory_total)
      .known(sample.memory_available)
      .known(sample.swap_total)
      .known(sample.swap_free)
      .known(sample.cgroup_memory_current)
      .known(sample.cgroup_memory_max)
      .known(sample.cgroup_pids_current)
      .known(sample.cgroup_pids_max)
      .known(sample.pressure_cpu)
      .known(sample.pressure_memory)
      .known(sample.pressure_io)
      .number(utc_offset)
      .run(error);
}

std::int64_t process_id_of(const base::Uuid& uuid) noexcept {
  return base::is_nil(uuid) ? base::HardwareSample::kUnknown : base::short_id_of(uuid);
}

bool insert_process(const ProcessNote& note, const ProcessFacts& facts,
                    ConnectionError& error) noexcept {
  constexpr std::int64_t kNone = base::HardwareSample::kUnknown;
  const base::UuidText uuid = base::text_of(note.uuid);
  const std::int64_t started = facts.started_utc_microseconds;
  char date[base::kDateTextSize] = {};
  if (started != 0) base::format_date(started, facts.local_time.offset_at(started), date);
  return RowBinder{process_row}
      .number(base::short_id_of(note.uuid))
      .text(uuid.text)
      .text(facts.host)
      .text(facts.machine_id)
      .text(facts.executable)
      .text(facts.command_line)
      .text(facts.directory)
      .known(facts.user_id >= 0 ? facts.user_id : kNone)
      .number(note.process_id)
      .text(facts.kernel)
      .text(facts.distribution)
      .text(facts.release)
      .text(facts.environment)
      .text(date)
      .known(started != 0 ? started : kNone)
      .run(error);
}

RowBinder& put_facts(RowBinder& row, const CrashRecord& record) noexcept {
  constexpr std::int64_t kNone = base::HardwareSample::kUnknown;
  return row.text(word_of(record.access))
      .text(word_of(record.cause))
      .text(word_of(record.phase))
      .known(record.has_sender ? std::int64_t{record.sender_pid} : kNone)
      .known(record.has_sender ? std::int64_t{record.sender_uid} : kNone)
      .known(record.has_system_call ? std::int64_t{record.system_call} : kNone)
      .known(record.killed_by != 0 ? std::int64_t{record.killed_by} : kNone);
}

bool insert_crash(const CrashRecord& record, const ProcessFacts& facts, std::string_view message,
                  std::string_view date, std::string_view stack_trace, std::int64_t hardware_id,
                  ConnectionError& error) noexcept {
  const base::UuidText uuid = base::text_of(record.uuid);
  char address[24];
  base::TextBuffer address_text{address};
  if (record.has_fault_address) address_text.hex(record.fault_address);

  RowBinder row{crash};
  row.text(uuid.text).text(date).text(kind_text(record.kind));
  if (record.kind == CrashKind::signal) {
    row.number(record.signal).text(base::signal_name(record.signal)).number(record.signal_code);
  } else {
    row.null().null().null();
  }
  row.text(address).text(record.exception_type).text(message).number(record.process_id);
  if (record.kind == CrashKind::killed || record.kind == CrashKind::ended) {
    row.null();
  } else {
    row.number(record.thread_id);
  }
  row.text({record.thread_name, ::strnlen(record.thread_name, sizeof record.thread_name)})
      .text(facts.host)
      .text(facts.executable)
      .text(facts.release)
      .text(stack_trace)
      .known(hardware_id);
  return put_facts(row, record)
      .number(facts.local_time.offset_at(record.utc_microseconds))
      .known(process_id_of(record.process_uuid))
      .run(error);
}

// What the message says besides is made when it is sent, of the rows above.
bool insert_message_to_send(const char* channel, const CrashRecord& record,
                            const ProcessFacts& facts, std::string_view body, std::string_view date,
                            std::int64_t crash_id, ConnectionError& error) noexcept {
  const base::UuidText uuid = base::text_of(base::make_uuid());
  char subject_text[768];
  base::TextBuffer subject{subject_text};
  put_subject(subject, record, facts);
  return RowBinder{outbox}
      .text(uuid.text)
      .text(channel)
      .text(subject.view())
      .text_or_empty(body)
      .text(date)
      .text("crashes")
      .number(crash_id)
      .number(facts.local_time.offset_at(record.utc_microseconds))
      .null()
      .null()
      .null()
      .null()
      .null()
      .run(error);
}

bool insert_messages_to_send(const CrashRecord& record, const ProcessFacts& facts,
                             std::string_view date, std::int64_t crash_id,
                             ConnectionError& error) noexcept {
  // A long message is for the table crashes; a notification shows how it begins.
  base::TextBuffer body{body_text, sizeof body_text - sizeof " …"};
  body << std::string_view{record.message, record.message_size};
  std::string_view shown = body.view();
  if (body.is_cut()) {
    base::TextBuffer{body_text + body.size(), sizeof " …"} << " …";
    shown = {body_text, body.size() + sizeof " …" - 1};
  }
  for (const char* channel : {"slack", "email"}) {
    const bool is_wanted = channel[0] == 's' ? facts.slack : facts.email;
    if (is_wanted &&
        !insert_message_to_send(channel, record, facts, shown, date, crash_id, error)) {
      return false;
    }
  }
  return true;
}

// A trigger of the database may have left the row out, or changed it, without an error.
bool is_there(const base::Uuid& uuid, std::int64_t crash_id, ConnectionError& error) noexcept {
  const base::UuidText text = base::text_of(uuid);
  const std::int64_t found = RowBinder{find_crash}.text(text.text).find(error);
  if (found == crash_id) return true;
  if (error.text[0] == '\0') {
    base::TextBuffer{error.text}
        << "a trigger of the database keeps the row out of the table crashes; "
           "drop that trigger";
  }
  return false;
}

}  // namespace

bool insert_process_rows(const ProcessNote& note, const ProcessFacts& facts,
                         ConnectionError& error) noexcept {
  if (!insert_process(note, facts, error)) return false;
  if (note.end == nullptr) return true;
  const std::int64_t at = note.end->utc_microseconds;
  char date[base::kDateTextSize];
  base::format_date(at, facts.local_time.offset_at(at), date);
  return RowBinder{process_end}
      .number(base::short_id_of(note.uuid))
      .text(date)
      .number(at)
      .text(schema::word_of(note.end->how))
      .run(error);
}

void prepare_crash_rows() noexcept { base::prefault(stack_trace_text, 1); }

std::int64_t insert_crash_rows(const CrashRecord& record, const ProcessFacts& facts,
                               ConnectionError& error) noexcept {
  const std::string_view message{record.message, record.message_size};
  const std::int32_t utc_offset = facts.local_time.offset_at(record.utc_microseconds);
  char date[base::kDateTextSize];
  base::format_date(record.utc_microseconds, utc_offset, date);
  base::TextBuffer stack_trace{stack_trace_text};
  put_stack_trace(stack_trace, record);

  if (!base::is_nil(record.process_uuid)) {
    ConnectionError ignored;  // the crash counts
    insert_process({record.process_uuid, record.process_id, nullptr}, facts, ignored);
  }
  std::int64_t hardware_id = base::HardwareSample::kUnknown;
  if (record.has_hardware) {
    if (!insert_hardware(record, message, date, error)) return 0;
    hardware_id = last_id();
    if (!insert_details(record.hardware, hardware_id, utc_offset, error)) return 0;
  }
  if (!insert_crash(record, facts, message, date, stack_trace.view(), hardware_id, error)) return 0;
  const std::int64_t crash_id = last_id();
  if (!insert_crash_parts(crash_id, record, facts, error)) return 0;
  if (!insert_messages_to_send(record, facts, date, crash_id, error)) return 0;
  return is_there(record.uuid, crash_id, error) ? crash_id : 0;
}

}  // namespace dblog::crash
