// Context: crash time.
#include "handlers/sqlite/crash_rows.hpp"

#include <cstring>

#include "handlers/sqlite/crash_statements.hpp"
#include "handlers/text/crash_report_text.hpp"
#include "handlers/unwind/registers.hpp"
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
  const HardwareSample& sample = record.hardware;
  const HardwareTexts texts = hardware_texts(sample);
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

bool insert_details(const HardwareSample& sample, std::int64_t hardware_id,
                    ConnectionError& error) noexcept {
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
      .run(error);
}

RowBinder& put_facts(RowBinder& row, const CrashRecord& record) noexcept {
  constexpr std::int64_t kNone = HardwareSample::kUnknown;
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
  const UuidText uuid = text_of(record.uuid);
  char address[24];
  TextBuffer address_text{address};
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
  return put_facts(row, record).run(error);
}

bool insert_frames(const CrashRecord& record, std::int32_t thread_id, const Frame* frames,
                   std::uint32_t count, std::int64_t crash_id, ConnectionError& error) noexcept {
  for (std::uint32_t i = 0; i < count; ++i) {
    const Frame& captured = frames[i];
    char address[24];
    TextBuffer{address}.hex(captured.address);
    char offset[24] = {};
    char build_id[2 * Module::kMaxBuildId + 1] = {};
    const char* path = "";
    if (const Module* module = module_of(record, captured)) {
      path = module->path;
      TextBuffer{offset}.hex(captured.address - module->load_bias);
      TextBuffer{build_id}.hex_bytes(module->build_id, module->build_id_size);
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
    TextBuffer{value}.hex(record.registers[i]);
    if (!RowBinder{processor_register}.number(crash_id).text(name).text(value).run(error))
      return false;
  }
  return true;
}

bool insert_breadcrumbs(const CrashRecord& record, const ProcessFacts& facts, std::int64_t crash_id,
                        ConnectionError& error) noexcept {
  for (std::uint32_t i = 0; i < record.breadcrumb_count; ++i) {
    const Breadcrumb& crumb = record.breadcrumbs[i];
    char date[kDateTextSize];
    format_date(crumb.utc_microseconds, facts.local_time.offset_at(crumb.utc_microseconds), date);
    if (!RowBinder{breadcrumb}
             .number(crash_id)
             .number(static_cast<std::int64_t>(crumb.number))
             .text(date)
             .number(crumb.thread_id)
             .text_or_empty(crumb.text)
             .run(error)) {
      return false;
    }
  }
  return true;
}

bool insert_what_belongs_to(std::int64_t crash_id, const CrashRecord& record,
                            const ProcessFacts& facts, ConnectionError& error) noexcept {
  return insert_frames(record, record.thread_id, record.frames, record.frame_count, crash_id,
                       error) &&
         insert_threads(record, crash_id, error) && insert_registers(record, crash_id, error) &&
         insert_breadcrumbs(record, facts, crash_id, error);
}

// What the message says besides is made when it is sent, of the rows above.
bool insert_message_to_send(const char* channel, const CrashRecord& record,
                            const ProcessFacts& facts, std::string_view body, std::string_view date,
                            std::int64_t crash_id, ConnectionError& error) noexcept {
  const UuidText uuid = text_of(make_uuid());
  char subject_text[768];
  TextBuffer subject{subject_text};
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
  TextBuffer body{body_text, sizeof body_text - sizeof " …"};
  body << std::string_view{record.message, record.message_size};
  std::string_view shown = body.view();
  if (body.is_cut()) {
    TextBuffer{body_text + body.size(), sizeof " …"} << " …";
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
bool is_there(const Uuid& uuid, std::int64_t crash_id, ConnectionError& error) noexcept {
  const UuidText text = text_of(uuid);
  const std::int64_t found = RowBinder{find_crash}.text(text.text).find(error);
  if (found == crash_id) return true;
  if (error.text[0] == '\0') {
    TextBuffer{error.text} << "a trigger of the database keeps the row out of the table crashes; "
                              "drop that trigger";
  }
  return false;
}

}  // namespace

void prepare_crash_rows() noexcept { prefault(stack_trace_text, 1); }

std::int64_t insert_crash_rows(const CrashRecord& record, const ProcessFacts& facts,
                               ConnectionError& error) noexcept {
  const std::string_view message{record.message, record.message_size};
  char date[kDateTextSize];
  format_date(record.utc_microseconds, facts.local_time.offset_at(record.utc_microseconds), date);
  TextBuffer stack_trace{stack_trace_text};
  put_stack_trace(stack_trace, record);

  std::int64_t hardware_id = HardwareSample::kUnknown;
  if (record.has_hardware) {
    if (!insert_hardware(record, message, date, error)) return 0;
    hardware_id = last_id();
    if (!insert_details(record.hardware, hardware_id, error)) return 0;
  }
  if (!insert_crash(record, facts, message, date, stack_trace.view(), hardware_id, error)) return 0;
  const std::int64_t crash_id = last_id();
  if (!insert_what_belongs_to(crash_id, record, facts, error)) return 0;
  if (!insert_messages_to_send(record, facts, date, crash_id, error)) return 0;
  return is_there(record.uuid, crash_id, error) ? crash_id : 0;
}

}  // namespace dblog::crash
