// Context: handler only.
#include "handlers/crash_recorder.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstring>

#include "handlers/exceptions/exception_text.hpp"
#include "handlers/exceptions/terminate_reason.hpp"
#include "handlers/exceptions/throw_sites.hpp"
#include "handlers/record/black_box.hpp"
#include "handlers/record/breadcrumb_ring.hpp"
#include "handlers/record/context_values.hpp"
#include "handlers/record/progress.hpp"
#include "handlers/signals/thread_stacks.hpp"
#include "handlers/sqlite/crash_connection.hpp"
#include "handlers/text/crash_report_text.hpp"
#include "handlers/text/signal_message.hpp"
#include "handlers/tool_start.hpp"
#include "handlers/unwind/module_lookup.hpp"
#include "handlers/unwind/registers.hpp"
#include "handlers/unwind/stack_capture.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/base/signal_name.hpp"
#include "src/base/standard_error.hpp"
#include "src/base/text_buffer.hpp"
#include "src/base/visible_text.hpp"
#include "src/process/own_uuid.hpp"
#include "src/schema/process_end.hpp"

namespace dblog::crash {
namespace {

ProcessFacts facts;
NoteWriter note_writer = nullptr;

// Where there is no black box: a place that cannot be written, or a child after fork() there.
// Bytes: no constructor touches their pages when the program starts.
alignas(CrashRecord) unsigned char bytes_without_box[sizeof(CrashRecord)];

CrashRecord* record_without_box() noexcept {
  return reinterpret_cast<CrashRecord*>(bytes_without_box);
}

struct Recording {
  CrashRecord* record = nullptr;
  ConnectionError connection_error;
  std::int64_t committed_id = 0;
};
Recording recording;

void set_state(RecordState state) noexcept {
  if (BlackBox* box = black_box()) box->record_state.store(state, std::memory_order_release);
}

void use_black_box() noexcept {
  BlackBox* box = black_box();
  if (box == nullptr) return;
  set_state(RecordState::begun);  // faults if the file was truncated
  recording.record = &box->record;
}

void fill_head(CrashRecord& record, CrashKind kind) noexcept {
  // Cleared in place: the record is larger than a signal stack. The counts are before the frames.
  std::memset(static_cast<void*>(&record), 0, offsetof(CrashRecord, frames));
  record.message[0] = '\0';
  record.kind = kind;
  record.process_id = ::getpid();
  record.thread_id = ::gettid();
  record.utc_microseconds = base::nanoseconds_of(CLOCK_REALTIME) / 1'000;
  record.uuid = base::make_uuid();
  record.process_uuid = process::own_uuid_now();
  char name[sizeof record.thread_name] = {};
  ::prctl(PR_GET_NAME, name);
  base::TextBuffer{record.thread_name}.untrusted(name);
}

void begin(CrashGate& gate, CrashKind kind) noexcept {
  recording.committed_id = 0;
  recording.connection_error = ConnectionError{};
  recording.record = record_without_box();
  gate.run([&] { gate.start_deadline(); });
  // A child after fork() has no box yet; a parent whose box could not be made tries once more.
  if (black_box() == nullptr) gate.run([] { open_black_box(facts); });
  gate.run_untimed(use_black_box);
  if (gate.run_untimed([&] { fill_head(*recording.record, kind); })) return;
  recording.record = record_without_box();
  gate.run_untimed([&] { fill_head(*recording.record, kind); });
}

// For what could not be described.
void describe_by_name(CrashRecord& record, const siginfo_t& info) noexcept {
  record.signal = info.si_signo;
  record.signal_code = info.si_code;
  if (record.message_size != 0) return;
  base::TextBuffer message{record.message};
  message << base::signal_name(info.si_signo);
  record.message_size = static_cast<std::uint32_t>(message.size());
}

void find_modules_of(CrashRecord& record, Frame* frames, std::uint32_t count) noexcept {
  for (std::uint32_t i = 0; i < count; ++i) {
    Frame& frame = frames[i];
    note_progress();
    frame.module = find_module(record, frame.address - (frame.is_return_address ? 1 : 0));
  }
}

void find_modules_of_threads(CrashRecord& record) noexcept {
  for (std::uint32_t i = 0; i < record.thread_count; ++i) {
    ThreadStack& thread = record.threads[i];
    find_modules_of(record, thread.frames, thread.frame_count);
  }
}

// A part of the deadline: the commit comes afterwards.
void capture_threads(CrashRecord& record, std::int64_t give_up_at_ns) noexcept {
  const bool is_alone = record.has_hardware && record.hardware.threads == 1;
  if (!facts.all_threads || is_alone) return;
  constexpr std::int64_t kMaxPatience = 1'000 * base::kNanosecondsPerMillisecond;
  const std::int64_t patience = (give_up_at_ns - base::monotonic_nanoseconds()) / 4;
  capture_other_threads(record, patience < kMaxPatience ? patience : kMaxPatience);
}

void take_hardware_sample(CrashRecord& record) noexcept {
  if (!facts.hw_monitor) return;
  record.has_hardware = base::sample_hardware(record.process_id, facts.hardware_sources,
                                              &facts.first_sample, record.hardware);
}

void seal_record(const CrashRecord& record) noexcept {
  BlackBox* box = black_box();
  if (box == nullptr) return;
  box->record_checksum = checksum_of(record);
  set_state(RecordState::complete);
}

// Not in the record, which is sealed: the program's function may do anything.
char note_of_program[CrashRecord::kMaxNote];

void ask_program(CrashGate& gate, CrashRecord& record) noexcept {
  if (note_writer == nullptr) return;
  gate.run([] { std::memset(note_of_program, 0, sizeof note_of_program); });
  const bool is_done =
      gate.run_foreign([] { note_writer(note_of_program, sizeof note_of_program); });
  gate.run([&] {
    note_of_program[sizeof note_of_program - 1] = '\0';
    base::TextBuffer{record.note}.untrusted(note_of_program);
    record.note_state = is_done            ? schema::NoteState::whole
                        : gate.was_stuck() ? schema::NoteState::stuck
                                           : schema::NoteState::faulted;
    seal_record(record);
  });
}

void commit_record(CrashRecord& record, std::int64_t give_up_at_ns) noexcept {
  recording.committed_id = write_crash(record, facts, give_up_at_ns, recording.connection_error);
  if (recording.committed_id == 0) return;
  set_state(RecordState::committed);
}

// A pipe without a reader must not delay the death of the process.
void write_if_it_does_not_block(std::string_view text) noexcept {
  if (!base::has_standard_error()) return;
  pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&standard_error, 1, 0) != 1 || (standard_error.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

// What was thrown may hold anything, and stderr may be a terminal.
void put_visible(base::TextBuffer& text, std::string_view bytes) noexcept {
  while (!bytes.empty()) text << base::next_visible_piece(bytes).text();
}

void put_first_line(base::TextBuffer& text, const CrashRecord& record) noexcept {
  const char* line_end = std::strchr(record.message, '\n');
  char shown[400];
  base::TextBuffer line{shown};
  put_visible(line, {record.message, line_end != nullptr
                                         ? static_cast<std::size_t>(line_end - record.message)
                                         : record.message_size});
  // What has no words of its own begins with its type already.
  const bool is_typed =
      record.cause == schema::Cause::no_message || record.cause == schema::Cause::foreign_exception;
  if (record.kind == CrashKind::exception && !is_typed) {
    text << "uncaught " << record.exception_type << ": ";
  }
  text << line.view() << (line_end != nullptr || line.is_cut() ? " …" : "");
}

void put_what_became_of_it(base::TextBuffer& text, const CrashRecord& record) noexcept {
  if (recording.committed_id != 0) {
    text << "; recorded in " << facts.database << " as crash " << recording.committed_id;
    return;
  }
  text << " in process " << record.process_id;
  if (record.frame_count != 0) {
    text << " at ";
    put_location(text, record, record.frames[0]);
  }
  const char* reason = recording.connection_error.text;
  text << "; NOT recorded";
  if (facts.database[0] != '\0') text << " in " << facts.database;
  text << ": " << (reason[0] != '\0' ? reason : "no time was left, or the crash connection failed");
  const bool is_kept = recording.record != record_without_box() && is_black_box_in_place();
  text << (is_kept ? "; kept beside it for the next run or `dblog recover`"
                   : "; and lost: no black box could be kept");
}

void print_crash_line(const CrashRecord& record) noexcept {
  if (recording.committed_id != 0 && !facts.print_to_stderr) return;
  char raw[1024];
  base::TextBuffer text{raw};
  text << "dblog: ";
  put_first_line(text, record);
  put_what_became_of_it(text, record);
  char line[1024];
  base::TextBuffer shown{line, sizeof line - 1};
  put_visible(shown, text.view());
  line[shown.size()] = '\n';
  write_if_it_does_not_block({line, shown.size() + 1});
}

void say_withdrawn(std::int64_t id) noexcept {
  if (!facts.print_to_stderr) return;
  char line[160];
  base::TextBuffer text{line, sizeof line};
  text << "dblog: the handler that was there before took care of crash " << id
       << "; its row is deleted (HandlerOptions::chain_first)\n";
  write_if_it_does_not_block(text.view());
}

// From the captured stack to the committed row.
void finish(CrashGate& gate) noexcept {
  CrashRecord& record = *recording.record;
  gate.run_last([&] { find_modules_of(record, record.frames, record.frame_count); });
  gate.run([&] { read_breadcrumbs(record); });
  gate.run([&] { read_scopes(record); });
  gate.run([&] { read_process_context(process_context, record); });
  gate.run([&] { take_hardware_sample(record); });
  gate.run([&] { capture_threads(record, gate.give_up_waiting_at()); });
  gate.run([&] { find_modules_of_threads(record); });
  gate.run([&] { seal_record(record); });
  ask_program(gate, record);
  if (!gate.run([&] { commit_record(record, gate.give_up_waiting_at()); })) {
    gate.run_last([] { abandon_crash_connection(); });
  }
  gate.run_last([&] { print_crash_line(record); });
  // Nothing to do for it if the crash is nowhere.
  if (recording.committed_id == 0 && !is_black_box_in_place()) return;
  gate.run_last(look_up_variables_after_crash);
  gate.run_last(start_tool_after_crash);
}

// For what has no words of its own, or a what() that crashed.
void describe_terminate(CrashRecord& record, const TerminateReason& reason) noexcept {
  const bool is_exception = record.kind == CrashKind::exception;
  if (is_exception) record.phase = reason.phase(record.process_id == record.thread_id);
  if (record.message_size != 0) return;
  base::TextBuffer message{record.message};
  if (is_exception) {
    record.cause = schema::Cause::no_message;
    message << "uncaught exception of type " << record.exception_type;
  } else {
    record.cause = reason.cause();
    message << reason.text();
  }
  record.message_size = static_cast<std::uint32_t>(message.size());
}

}  // namespace

void set_process_facts(const ProcessFacts& new_facts, NoteWriter new_note_writer) noexcept {
  facts = new_facts;
  note_writer = new_note_writer;
  recording = Recording{};  // its page is present from here on
}

void set_process_environment(std::string_view environment) noexcept {
  base::TextBuffer{facts.environment} << environment;
  set_environment_in_black_box(environment);
}

void begin_as_forked_process() noexcept {
  facts.started_utc_microseconds = base::nanoseconds_of(CLOCK_REALTIME) / 1'000;
}

bool record_own_end(schema::ProcessEnd how) noexcept {
  const ProcessEndNote end{how, base::nanoseconds_of(CLOCK_REALTIME) / 1'000};
  ConnectionError error;
  const ProcessNote note{process::own_uuid_now(), ::getpid(), &end};
  return write_process(note, facts, base::monotonic_nanoseconds(), error) || !error.is_busy;
}

void record_signal(CrashGate& gate, const siginfo_t& info, void* interrupted,
                   bool is_abort) noexcept {
  begin(gate, CrashKind::signal);
  CrashRecord& record = *recording.record;
  if (facts.registers) {
    gate.run_untimed([&] { capture_registers(record, *static_cast<ucontext_t*>(interrupted)); });
  }
  gate.run_untimed([&] { describe_signal(record, info, interrupted, is_abort); });
  gate.run_untimed([&] { describe_by_name(record, info); });
  gate.run_last([&] { capture_interrupted_stack(record, *static_cast<ucontext_t*>(interrupted)); });
  finish(gate);
}

void record_terminate(CrashGate& gate, const void* start_address) noexcept {
  begin(gate, CrashKind::terminate);
  CrashRecord& record = *recording.record;
  gate.run_untimed([&] { name_current_exception(record); });
  gate.run([&] { describe_current_exception(record); });
  TerminateReason reason;
  gate.run_last([&] { capture_own_stack(record, start_address, reason.observer()); });
  gate.run_untimed([&] { reason.note_noexcept_frame(record); });
  gate.run([&] { use_throw_site(record); });
  gate.run_untimed([&] { describe_terminate(record, reason); });
  finish(gate);
}

bool withdraw_crash() noexcept {
  constexpr std::int64_t kPatience = 250 * base::kNanosecondsPerMillisecond;
  const std::int64_t id = recording.committed_id;
  if (id != 0 && !delete_crash(id, facts, base::monotonic_nanoseconds() + kPatience)) return false;
  set_state(RecordState::none);
  if (id != 0) {
    recording.committed_id = 0;
    say_withdrawn(id);
  }
  return true;
}

void remove_committed_box() noexcept {
  if (recording.committed_id != 0) remove_black_box();
}

}  // namespace dblog::crash
