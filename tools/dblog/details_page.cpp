// The page of one crash or event.
#include "tools/dblog/details_page.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "src/report/crash_text.hpp"
#include "src/report/event_text.hpp"
#include "src/report/frame_text.hpp"
#include "src/report/group_text.hpp"
#include "src/report/missing_names.hpp"
#include "src/report/signal_text.hpp"
#include "src/report/suppressed_text.hpp"
#include "src/report/time_text.hpp"
#include "src/report/type_text.hpp"
#include "src/report/what_happened.hpp"
#include "src/schema/group_state.hpp"
#include "tools/dblog/age_text.hpp"
#include "tools/dblog/entry_id.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/frames_section.hpp"
#include "tools/dblog/hardware_section.hpp"
#include "tools/dblog/page_text.hpp"
#include "tools/dblog/state_sections.hpp"

namespace dblog::tool {
namespace {

using schema::GroupState;

std::string headline(const reader::Details& details) {
  const reader::Entry& entry = details.entry;
  if (entry.is_crash)
    return "Crash " + entry_id_text(entry) + ": " + report::what_happened(details);
  if (entry.is_hardware) {
    const std::string task = entry.row.text("task").value_or("(no task)");
    return "Hardware " + entry_id_text(entry) + ": " + std::string(report::first_line(task));
  }
  const std::string message = entry.row.text("msg").value_or("(no message)");
  return "Event " + entry_id_text(entry) + ": " + std::string(report::first_line(message));
}

std::optional<std::string> exception_type(const sqlite::Row& row) {
  const auto type = row.text("exception_type");
  return type ? std::optional(report::readable_name(*type)) : std::nullopt;
}

std::optional<std::string> with_name(std::optional<std::string> number,
                                     const std::optional<std::string>& name) {
  if (number && name) *number += " (" + *name + ")";
  return number;
}

// How often it has happened, and how to see why these crashes are one group.
std::optional<std::string> group_text(const reader::Details& details) {
  if (!details.group) return std::nullopt;
  const std::string& fingerprint = details.group->fingerprint;
  if (!details.group->summary) return fingerprint;
  const auto count = details.group->summary->integer("count").value_or(1);
  if (count == 1) return fingerprint + ", the only crash of it";
  return fingerprint + ", " + std::to_string(count) + " crashes since " +
         report::time_text_of_iso(details.group->summary->text("first_seen").value_or("?")) +
         " (dblog groups --explain " + fingerprint + ")";
}

// Of a fault that came once, and about which nothing was decided, the line above says all.
void add_group_state(PageText& page, const reader::Details& details) {
  if (!details.group_state || !details.group || !details.group->summary) return;
  const sqlite::Row& state = *details.group_state;
  const bool is_decided = state.text("state") != std::string{schema::word_of(GroupState::open)};
  if (is_decided || details.group->summary->integer("count").value_or(1) > 1) {
    page.field("Standing", report::standing_text(details));
  }
  if (is_decided) page.field("State", report::group_state_text(state));
  page.field("Note", state.text("note"));
}

std::optional<std::string> of_process(const reader::Details& details, const char* column) {
  return details.entry.process ? details.entry.process->text(column) : std::nullopt;
}

std::optional<std::string> date_text(const reader::Entry& entry, std::optional<Timestamp> now) {
  const auto date = report::time_text(entry);
  return date ? std::optional(with_age(*date, now)) : std::nullopt;
}

void add_crash_facts(PageText& page, const reader::Details& details, const PageOptions& options) {
  const sqlite::Row& row = details.entry.row;
  page.section("When and where");
  page.field("Date", date_text(details.entry, options.now));
  page.field("Program", row.text("executable"));
  page.field("Release", row.text("release"));
  page.field("Environment", of_process(details, "environment"));
  page.field("Host", row.text("host"));
  page.field("Process", row.text("pid"));
  page.field("Thread", with_name(row.text("tid"), row.text("thread_name")));
  page.field("Signal", report::signal_description(row));
  page.field("Address", row.text("fault_address"));
  page.field("Exception", exception_type(row));
  page.field("UUID", row.text("uuid"));
  page.field("Group", group_text(details));
  add_group_state(page, details);
}

void add_event_facts(PageText& page, const reader::Details& details, const PageOptions& options) {
  page.section(details.entry.process ? "When and where" : "When");
  page.field("Date", date_text(details.entry, options.now));
  page.field("Program", of_process(details, "executable"));
  page.field("Release", of_process(details, "release"));
  page.field("Environment", of_process(details, "environment"));
  page.field("Host", of_process(details, "host"));
  if (details.entry.is_hardware) page.field("Process", details.entry.row.text("pid"));
  if (const auto& facts = details.entry.facts) {
    page.field("Severity", facts->severity);
    const std::string tags = report::tags_text(*facts);
    if (!tags.empty()) page.field("Tags", tags);
  }
  if (!details.stacks) return;
  page.field("Process", details.stacks->row.text("pid"));
  page.field("Thread", details.stacks->row.text("tid"));
  page.field("Exception", exception_type(details.stacks->row));
  const reader::EventStack& origin =
      details.stacks->thrown.frames.empty() ? details.stacks->pushed : details.stacks->thrown;
  page.field("Group", origin.fingerprint);
}

FramesView view_of(const reader::Details& details, const PageOptions& options) {
  FramesView view;
  view.sources = options.sources;
  view.date = details.entry.row.text("date").value_or("");
  if (options.is_full) view.most_frames = details.frames.size() + 1;
  view.folds_recursion = !options.is_full;
  return view;
}

// Silence would look like a fault of the tool.
void add_why_no_source(PageText& page, const report::Frames& frames, const PageOptions& options) {
  const bool would_have = std::any_of(frames.begin(), frames.end(), [](const sqlite::Row& frame) {
    return frame.text("file").has_value();
  });
  if (options.sources.may_be_read || options.is_for_others || !would_have) return;
  page.line("(no source lines: the database belongs to another user, or others can write it)",
            Style::faint);
}

void add_missing_names(PageText& page, const reader::Details& details,
                       const report::Frames& frames) {
  const auto modules = report::unnamed_modules(frames);
  if (modules.empty()) return;
  for (const report::UnnamedModule& module : modules) {
    page.line("(" + report::unnamed_text(module) + ")", Style::faint);
  }
  page.line("(" + report::naming_advice(details.entry.id) + ")", Style::faint);
}

void add_lines(PageText& page, const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  page.section(title);
  for (const std::string& line : lines) page.block(report::with_deeper_lines(line));
}

void add_crash_stacks(PageText& page, const reader::Details& details, const PageOptions& options) {
  const report::Frames frames = report::crashed_frames(details);
  const auto trace = details.entry.row.text("stack_trace");
  if (!frames.empty()) {
    page.section("Stack trace of thread " + details.entry.row.text("tid").value_or("?") +
                 ", which crashed");
    add_trace(page, frames, view_of(details, options));
    add_why_no_source(page, frames, options);
    add_missing_names(page, details, frames);
  } else if (trace) {
    page.section("Stack trace");
    page.block(*trace);
  }
  add_registers(page, details.registers);
  add_note(page, details);
  add_breadcrumbs(page, details);
  add_other_threads(page, details, options.is_full);
}

void add_event_stacks(PageText& page, const reader::Details& details, const PageOptions& options) {
  if (!details.stacks) return;
  FramesView view = view_of(details, options);
  if (options.is_full) {
    view.most_frames =
        details.stacks->pushed.frames.size() + details.stacks->thrown.frames.size() + 1;
  }
  if (!details.stacks->thrown.frames.empty()) {
    page.section("Where the exception was thrown");
    add_trace(page, details.stacks->thrown.frames, view);
    add_why_no_source(page, details.stacks->thrown.frames, options);
    add_missing_names(page, details, details.stacks->thrown.frames);
  }
  if (details.stacks->pushed.frames.empty()) return;
  page.section("Where it was recorded");
  add_trace(page, details.stacks->pushed.frames, view);
  add_why_no_source(page, details.stacks->pushed.frames, options);
  add_missing_names(page, details, details.stacks->pushed.frames);
}

std::string outbox_state(const sqlite::Row& message) {
  const std::string state = message.text("state").value_or("?");
  std::string text = state;
  if (const auto sent = report::stored_time_text(message, "sent")) text += " " + *sent;
  if (const std::string why = report::suppressed_text(message); !why.empty()) text += ": " + why;
  const auto attempts = message.integer("attempts").value_or(0);
  if (attempts > 0)
    text += ", " + std::to_string(attempts) + " attempt" + (attempts > 1 ? "s" : "");
  if (const auto next = report::stored_time_text(message, "next_attempt");
      next && state == "pending") {
    text += ", next " + *next;
  }
  if (const auto error = message.text("last_error")) text += ", last error: " + *error;
  return text;
}

void add_outbox(PageText& page, const reader::Details& details) {
  if (details.outbox.empty()) return;
  page.section("Outbox");
  for (const sqlite::Row& message : details.outbox) {
    page.field(escape_line(message.text("channel").value_or("?")), outbox_state(message));
  }
}

}  // namespace

std::string details_page(const reader::Details& details, const PageOptions& options) {
  PageText page{options.is_colored, options.is_full ? Extent::full : Extent::shortened};
  page.headline(headline(details));
  if (details.entry.is_crash) {
    add_crash_facts(page, details, options);
  } else {
    add_event_facts(page, details, options);
  }
  if (const auto message = details.entry.row.text("msg")) {
    page.section("Message");
    page.block(*message);
  }
  if (details.entry.is_crash) {
    add_lines(page, "Context", report::field_lines(details.context));
    add_crash_stacks(page, details, options);
  } else {
    if (const auto& facts = details.entry.facts) {
      add_lines(page, "Fields", report::field_lines(*facts));
    }
    add_event_stacks(page, details, options);
  }
  if (details.hardware) add_hardware(page, *details.hardware, details.hardware_details);
  add_outbox(page, details);
  if (details.is_truncated) {
    page.section("More");
    page.line("This page is not whole: at most " + std::to_string(reader::kMostFrames) +
              " frames and " + std::to_string(reader::kMostOtherRows) +
              " rows of each other table are read");
  }
  return page.text();
}

}  // namespace dblog::tool
