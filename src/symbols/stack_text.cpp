#include "src/symbols/stack_text.hpp"

namespace dblog::symbols {
namespace {

std::string location_in_module(const RecordedFrame& frame) {
  if (!frame.module) return {};
  return *frame.module + (frame.offset ? "+" + *frame.offset : "");
}

std::string place_text(const RecordedFrame& frame, const FrameRow& row) {
  std::string text = "#" + std::to_string(frame.depth) + ' ';
  const std::string in_module = location_in_module(frame);
  if (!row.function) text += frame.address.value_or("?");
  if (row.function) {
    text += *row.function;
    if (row.is_inlined) text += " (inlined)";
    // Debug information goes without saying.
    if (row.name_origin && *row.name_origin != NameOrigin{NameSource::debug_info}) {
      text += " (" + name_source_text(*row.name_origin) + ")";
    }
  }
  if (row.file) {
    text += " at " + *row.file;
    if (row.line) text += ':' + std::to_string(*row.line);
  } else if (!in_module.empty()) {
    text += (row.function ? " in " : " ") + in_module;
  }
  return text + '\n';
}

}  // namespace

std::string stack_text(const RecordedStack& stack) {
  std::string text;
  std::int64_t next_depth = 0;
  for (const RecordedFrame& frame : stack.frames) {
    if (frame.thread != stack.crashed_thread) continue;
    if (frame.depth > next_depth) {
      text += "(" + std::to_string(frame.depth - next_depth) + " frames left out)\n";
    }
    next_depth = frame.depth + 1;
    for (const FrameRow& row : frame.rows) text += place_text(frame, row);
  }
  return text;
}

}  // namespace dblog::symbols
