// Context: crash time.
#include "handlers/text/crash_report_text.hpp"

#include "src/base/signal_name.hpp"
#include "src/schema/crash_facts.hpp"

namespace dblog::crash {
namespace {

std::string_view file_name(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path;
}

}  // namespace

std::string_view kind_text(CrashKind kind) noexcept {
  static constexpr std::string_view kKinds[] = {"signal", "exception", "terminate", "killed",
                                                "ended"};  // in the order of CrashKind
  return schema::word_of(kind, kKinds);
}

void put_location(base::TextBuffer& text, const CrashRecord& record, const Frame& frame) noexcept {
  const Module* module = module_of(record, frame);
  if (module == nullptr) {
    text.hex(frame.address);
    return;
  }
  text << module->path << '+';
  text.hex(frame.address - module->load_bias);
}

void put_stack_trace(base::TextBuffer& text, const CrashRecord& record) noexcept {
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

void put_subject(base::TextBuffer& text, const CrashRecord& record,
                 const ProcessFacts& facts) noexcept {
  if (record.kind == CrashKind::signal) {
    text << base::signal_name(record.signal);
  } else if (record.kind == CrashKind::exception) {
    text << "uncaught " << record.exception_type;
  } else {
    text << (record.kind == CrashKind::terminate ? std::string_view{"std::terminate"}
                                                 : kind_text(record.kind));
  }
  text << " in " << file_name(facts.executable) << " on " << facts.host;
}

}  // namespace dblog::crash
