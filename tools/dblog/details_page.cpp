// The page of one crash or event.
#include "tools/dblog/details_page.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "tools/dblog/crash_words.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/hardware_section.hpp"
#include "tools/dblog/page_text.hpp"

namespace dblog::tool {
namespace {

std::string name_of_module(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string headline(const store::Entry& entry) {
  if (entry.is_crash) return "Crash " + entry_id_text(entry) + ": " + crash_sentence(entry.row);
  const std::string message = entry.row.text("msg").value_or("(no message)");
  return "Event " + entry_id_text(entry) + ": " + std::string(first_line(message));
}

std::optional<std::string> with_name(std::optional<std::string> number,
                                     const std::optional<std::string>& name) {
  if (number && name) *number += " (" + *name + ")";
  return number;
}

void add_facts(PageText& page, const store::Entry& entry) {
  const store::Row& row = entry.row;
  page.section(entry.is_crash ? "When and where" : "When");
  page.field("Date", row.text("date"));
  if (!entry.is_crash) return;
  page.field("Program", row.text("executable"));
  page.field("Release", row.text("release"));
  page.field("Host", row.text("host"));
  page.field("Process", row.text("pid"));
  page.field("Thread", with_name(row.text("tid"), row.text("thread_name")));
  page.field("Signal", signal_description(row));
  page.field("Address", row.text("fault_address"));
  page.field("Exception", row.text("exception_type"));
  page.field("UUID", row.text("uuid"));
  page.field("Fingerprint", row.text("fingerprint"));
}

// "std::vector<int>::at() at vector.h:1150 (inlined)", else "libc.so.6+0x3c050", else the address.
std::string frame_place(const store::Row& frame) {
  const auto function = frame.text("function");
  const auto module = frame.text("module");
  const auto offset = frame.text("offset");
  const auto file = frame.text("file");
  std::string module_place;
  if (module) module_place = (function ? name_of_module(*module) : *module);
  if (module && offset) module_place += "+" + *offset;
  if (!module) module_place = frame.text("address").value_or("?");
  std::string place = function.value_or(module_place);
  if (file) {
    place += " at " + *file;
    if (const auto line = frame.text("line")) place += ":" + *line;
  } else if (function) {
    place += " in " + module_place;
  }
  if (frame.integer("inlined").value_or(0) != 0) place += " (inlined)";
  return place;
}

void add_frames(PageText& page, const store::Details& details) {
  const auto crashed = details.entry.row.integer("tid");
  std::optional<std::int64_t> thread;
  std::int64_t next_depth = 0;
  for (const store::Row& frame : details.frames) {
    const auto frame_thread = frame.integer("thread");
    if (!thread || frame_thread != thread) {
      thread = frame_thread.value_or(0);
      std::string title = "Stack trace of thread " + std::to_string(*thread);
      if (thread == crashed) title += ", which crashed";
      page.section(title);
      next_depth = 0;
    }
    const std::int64_t depth = frame.integer("depth").value_or(next_depth);
    if (depth > next_depth) {
      page.block("(" + std::to_string(depth - next_depth) + " frames left out)");
    }
    next_depth = depth + 1;
    std::string number = "#" + frame.text("depth").value_or("?");
    number.resize(std::max<std::size_t>(number.size() + 1, 5), ' ');
    page.block(escape_line(number + frame_place(frame)));
  }
}

void add_stack_trace(PageText& page, const store::Details& details) {
  if (!details.frames.empty()) return add_frames(page, details);
  const auto trace = details.entry.row.text("stack_trace");
  if (!trace) return;
  page.section("Stack trace");
  page.block(*trace);
}

std::string outbox_state(const store::Row& message) {
  const std::string state = message.text("state").value_or("?");
  std::string text = state;
  if (const auto sent = message.text("sent")) text += " " + *sent;
  const auto attempts = message.integer("attempts").value_or(0);
  if (attempts > 0)
    text += ", " + std::to_string(attempts) + " attempt" + (attempts > 1 ? "s" : "");
  if (const auto next = message.text("next_attempt"); next && state == "pending") {
    text += ", next " + *next;
  }
  if (const auto error = message.text("last_error")) text += ", last error: " + *error;
  return text;
}

void add_outbox(PageText& page, const store::Details& details) {
  if (details.outbox.empty()) return;
  page.section("Outbox");
  for (const store::Row& message : details.outbox) {
    page.field(escape_line(message.text("channel").value_or("?")), outbox_state(message));
  }
}

}  // namespace

std::string details_page(const store::Details& details) {
  PageText page;
  page.headline(headline(details.entry));
  add_facts(page, details.entry);
  if (const auto message = details.entry.row.text("msg")) {
    page.section("Message");
    page.block(*message);
  }
  add_stack_trace(page, details);
  if (details.hardware) add_hardware(page, *details.hardware, details.hardware_details);
  add_outbox(page, details);
  return page.text();
}

}  // namespace dblog::tool
