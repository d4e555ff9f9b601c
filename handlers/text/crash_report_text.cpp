// Context: crash time.
#include "handlers/text/crash_report_text.hpp"

#include "handlers/record/alert_facts.hpp"
#include "src/base/signal_name.hpp"

namespace dblog::crash {
namespace {

std::string_view file_name(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path;
}

}  // namespace

const char* kind_text(CrashKind kind) noexcept {
  switch (kind) {
    case CrashKind::signal:
      return "signal";
    case CrashKind::exception:
      return "exception";
    case CrashKind::terminate:
      return "terminate";
    case CrashKind::killed:
      return "killed";
    case CrashKind::ended:
      return "ended";
  }
  return "signal";
}

void put_location(TextBuffer& text, const CrashRecord& record, const Frame& frame) noexcept {
  const Module* module = module_of(record, frame);
  if (module == nullptr) {
    text.hex(frame.address);
    return;
  }
  text << module->path << '+';
  text.hex(frame.address - module->load_bias);
}

void put_stack_trace(TextBuffer& text, const CrashRecord& record) noexcept {
  std::uint32_t next_depth = 0;
  for (std::uint32_t i = 0; i < record.frame_count; ++i) {
    const Frame& frame = record.frames[i];
    if (frame.depth > next_depth) {
      text << "(" << std::int64_t{frame.depth - next_depth} << " frames left out)\n";
    }
    next_depth = frame.depth + 1;
    text << '#' << std::int64_t{frame.depth} << ' ';
    text.hex(frame.address);
    if (module_of(record, frame) != nullptr) {
      text << ' ';
      put_location(text, record, frame);
    }
    text << '\n';
  }
}

void put_subject(TextBuffer& text, const CrashRecord& record, const ProcessFacts& facts) noexcept {
  if (record.kind == CrashKind::signal) {
    text << base::signal_name(record.signal);
  } else if (record.kind == CrashKind::exception) {
    text << "uncaught " << record.exception_type;
  } else {
    text << (record.kind == CrashKind::terminate ? "std::terminate" : kind_text(record.kind));
  }
  text << " in " << file_name(facts.executable) << " on " << facts.host;
}

void put_body(TextBuffer& text, const CrashRecord& record, const ProcessFacts& facts,
              std::string_view stack_trace) noexcept {
  // A message of megabytes is for the database; a notification shows how it begins.
  constexpr std::size_t kMaxMessage = 3'000;
  const std::string_view message{record.message, record.message_size};
  char shown[kMaxMessage + 1];
  TextBuffer cut{shown};
  cut << message;
  text << cut.view() << (cut.is_cut() ? " …" : "") << "\n\n";
  put_facts(text, {.utc_microseconds = record.utc_microseconds,
                   .offset_seconds = facts.local_time.offset_at(record.utc_microseconds),
                   .program = facts.executable,
                   .release = facts.release,
                   .host = facts.host,
                   .process_id = record.process_id,
                   .thread_id = record.thread_id,
                   .thread_name = record.thread_name,
                   .database = facts.database});
  if (!stack_trace.empty()) text << '\n' << stack_trace;
}

}  // namespace dblog::crash
