#include "src/report/message_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "src/report/crash_text.hpp"
#include "src/report/event_text.hpp"
#include "src/report/frame_text.hpp"
#include "src/report/group_text.hpp"
#include "src/report/missing_names.hpp"
#include "src/report/short_stack.hpp"
#include "src/report/signal_text.hpp"
#include "src/report/type_text.hpp"
#include "src/report/what_happened.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::report {
namespace {

using text::LaidOutText;
using text::PartKind;

constexpr std::size_t kMostBreadcrumbs = 10;

std::string shell_word(const std::string& text) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./,:@%=";
  const bool is_safe = !text.empty() && text.find_first_not_of(kSafe) == std::string::npos;
  if (is_safe) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + '\'';
}

std::string heading_of(const std::string& name) {
  constexpr std::size_t kWidth = 10;
  std::string heading = name + ':';
  heading.resize(std::max(heading.size() + 1, kWidth), ' ');
  return heading;
}

// "Program:  /usr/bin/shop"; nothing where the value is not known.
void add_fact(LaidOutText& text, const std::string& name, const std::optional<std::string>& value) {
  constexpr std::size_t kLongest = 4'096;
  if (!value) return;
  text.add(heading_of(name));
  text.add(PartKind::fact, text::one_line(*value, kLongest), name);
  text.add("\n");
}

// Local time alone leaves a reader elsewhere guessing.
std::string date_text(const sqlite::Row& alert) {
  constexpr std::int64_t kADay = 24 * 60 * 60;  // more only in a hostile database
  const std::int64_t offset = std::clamp(alert.integer("utc_offset").value_or(0), -kADay, kADay);
  const std::int64_t minutes = std::abs(offset) / 60;
  const auto two_digits = [](std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return alert.text("created").value_or("") + " (UTC" + (offset < 0 ? '-' : '+') +
         two_digits(minutes / 60) + ':' + two_digits(minutes % 60) + ')';
}

std::optional<std::string> process_text(const sqlite::Row& source) {
  auto text = source.text("pid");
  if (!text) return text;
  if (const auto thread = source.text("tid")) *text += ", thread " + *thread;
  if (const auto name = source.text("thread_name")) *text += " (" + *name + ')';
  return text;
}

// Of a crash they are in its row, of a handled error beside the alert.
const sqlite::Row& origin_of(const sqlite::Row& alert,
                             const std::optional<reader::Details>& source) {
  return source && source->entry.is_crash ? source->entry.row : alert;
}

void add_origin(LaidOutText& text, const sqlite::Row& alert,
                const std::optional<reader::Details>& source) {
  const sqlite::Row& origin = origin_of(alert, source);
  add_fact(text, "Program", origin.text(origin.find("executable") ? "executable" : "program"));
  add_fact(text, "Release", origin.text("release"));
  if (source && source->entry.process) {
    add_fact(text, "Environment", source->entry.process->text("environment"));
  }
  add_fact(text, "Host", origin.text("host"));
  add_fact(text, "Process", process_text(origin));
}

// The program's own line: of a crash, of what was thrown, else of the push.
std::string place_of(const reader::Details& source) {
  if (source.entry.is_crash) return source_line(crashed_frames(source));
  if (!source.stacks) return "";
  const std::string thrown = source_line(source.stacks->thrown.frames);
  return thrown.empty() ? source_line(source.stacks->pushed.frames) : thrown;
}

const Frames& frames_of_event(const reader::Details& source) {
  return source.stacks->thrown.frames.empty() ? source.stacks->pushed.frames
                                              : source.stacks->thrown.frames;
}

// Only where none of the program's functions has a name: then the stack below says nothing.
void add_missing_names(LaidOutText& text, const reader::Details& source,
                       const std::string& database) {
  if (!source.entry.is_crash && !source.stacks) return;
  const Frames frames = source.entry.is_crash ? crashed_frames(source) : frames_of_event(source);
  const auto modules = unnamed_modules(frames);
  if (modules.empty() || !site_function(frames).empty()) return;
  add_fact(text, "Names", unnamed_text(modules.front()) + ": stripped, or not on this machine");
  text.add(heading_of("Get them"));
  text.add(PartKind::code, symbolize_command(source.entry.id, database), "Get them");
  text.add("\n");
}

void add_facts(LaidOutText& text, const sqlite::Row& alert,
               const std::optional<reader::Details>& source, const std::string& database) {
  if (const std::string standing = source ? standing_text(*source) : ""; !standing.empty()) {
    add_fact(text, "Fault", standing);
  }
  add_fact(text, "Date", date_text(alert));
  if (const std::string place = source ? place_of(*source) : ""; !place.empty()) {
    add_fact(text, "Where", place);
  }
  add_origin(text, alert, source);
  if (source && source->number_in_group > 0) {
    add_fact(text, "Group",
             source->entry.row.text("fingerprint").value_or("") + ", crash " +
                 std::to_string(source->number_in_group) + " of it");
  }
  const std::string table = alert.text("source_table").value_or("");
  const bool is_of_event = !table.empty() && table != reader::kCrashTable;
  add_fact(text, "Database", database + (is_of_event ? ", table " + table : ""));
  if (!source) return;
  add_missing_names(text, *source, database);
  text.add(heading_of("More"));
  text.add(PartKind::code, show_command(source->entry.id, database), "More");
  text.add("\n");
}

const reader::EventFacts* facts_of(const std::optional<reader::Details>& source) {
  return source && source->entry.facts ? &*source->entry.facts : nullptr;
}

void add_severity(LaidOutText& text, const std::optional<reader::Details>& source) {
  const reader::EventFacts* facts = facts_of(source);
  if (facts == nullptr) return;
  add_fact(text, "Severity", facts->severity);
  const std::string tags = tags_text(*facts);
  if (!tags.empty()) add_fact(text, "Tags", tags);
}

void add_lines(LaidOutText& text, const std::string& title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  std::string code;
  for (const std::string& line : lines) code += (code.empty() ? "" : "\n") + line;
  text.add((text.body.ends_with('\n') ? "\n" : "\n\n") + title + ":\n");
  text.add(PartKind::code, code, title);
  text.add("\n");
}

// A value of several lines, or a long one, is a line's beginning here: the row has the whole.
void add_short_lines(LaidOutText& text, const char* name, const std::vector<std::string>& lines) {
  constexpr std::size_t kLongest = 300;
  std::vector<std::string> short_lines;
  short_lines.reserve(lines.size());
  for (const std::string& line : lines) short_lines.push_back(text::one_line(line, kLongest));
  add_lines(text, name, short_lines);
}

// Of a crash, the values of its context.
void add_fields(LaidOutText& text, const std::optional<reader::Details>& source) {
  if (source) add_short_lines(text, "Context", field_lines(source->context));
  if (const auto* facts = facts_of(source)) add_short_lines(text, "Fields", field_lines(*facts));
}

std::string death_text(const sqlite::Row& crash) {
  const std::string kind = crash.text("kind").value_or("");
  if (kind == "signal") return signal_name(crash);
  if (kind == "exception") {
    return "uncaught " + readable_name(crash.text("exception_type").value_or(""));
  }
  return kind == "terminate" ? "std::terminate" : kind;
}

// "[critical] payments: card declined (shop on web1)"; what is not known is left out.
std::string event_subject(const sqlite::Row& alert) {
  const std::string path = alert.text("program").value_or("");
  const std::string program = path.substr(path.rfind('/') + 1);
  const std::string host = alert.text("host").value_or("");
  const std::string both =
      program.empty() || host.empty() ? program + host : program + " on " + host;
  return alert.text("subject").value_or("") + (both.empty() ? "" : " (" + both + ')');
}

// "SIGSEGV in parse_header (app on web1)"; the alert's own, which was written while the process
// died, has no function.
std::string crash_subject(const sqlite::Row& alert, const reader::Details& crash) {
  const std::string function = site_function(crashed_frames(crash));
  if (function.empty()) return alert.text("subject").value_or("");
  const sqlite::Row& row = crash.entry.row;
  return death_text(row) + " in " + function + " (" + program_name(row) + " on " +
         row.text("host").value_or("") + ')';
}

void add_own_text(LaidOutText& text, const sqlite::Row& alert) {
  const std::string own = alert.text("body").value_or("");
  const bool has_end = own.ends_with('\n');
  text.add(PartKind::words, std::string_view(own).substr(0, own.size() - (has_end ? 1 : 0)));
  text.add("\n\n");
}

// A crash that has no rows of frames has its trace as text.
void add_stacks(LaidOutText& text, const reader::Details& source) {
  if (source.entry.is_crash) {
    const Frames frames = crashed_frames(source);
    add_lines(text, "Stack",
              frames.empty() ? short_stack(source.entry.row.text("stack_trace").value_or(""))
                             : short_stack(frames));
  } else if (source.stacks) {
    add_lines(text, "Where the exception was thrown", short_stack(source.stacks->thrown.frames));
    add_lines(text, "Where it was recorded", short_stack(source.stacks->pushed.frames));
  }
}

void add_note(LaidOutText& text, const std::optional<sqlite::Row>& note) {
  if (note) add_lines(text, "Note by the program", {with_deeper_lines(note_text(*note))});
}

// The last ones, with their times to the millisecond; a process that was killed may have left them
// long before.
void add_breadcrumbs(LaidOutText& text, const std::vector<sqlite::Row>& breadcrumbs) {
  std::vector<std::string> lines;
  const std::size_t left_out = breadcrumbs.size() - std::min(breadcrumbs.size(), kMostBreadcrumbs);
  if (left_out > 0) lines.push_back(std::to_string(left_out) + " before");
  for (std::size_t i = left_out; i < breadcrumbs.size(); ++i) {
    constexpr std::size_t kToMilliseconds = 23;
    const std::string date = breadcrumbs[i].text("date").value_or("?");
    const std::string message = breadcrumbs[i].text("msg").value_or("");
    lines.push_back(date.substr(0, kToMilliseconds) + "  " + std::string(first_line(message)));
  }
  add_lines(text, "Breadcrumbs", lines);
}

// Of a crash in short: its alert's own, which names program and host.
std::string brief_subject(const sqlite::Row& alert) {
  return alert.text("source_table") == reader::kCrashTable ? alert.text("subject").value_or("")
                                                           : event_subject(alert);
}

}  // namespace

MessageText whole_message(const sqlite::Row& alert, const std::optional<reader::Details>& source,
                          const std::string& database) {
  MessageText message{brief_subject(alert), {}};
  const bool is_crash = source && source->entry.is_crash;
  if (is_crash) {
    message.subject = crash_subject(alert, *source);
    message.text.add(PartKind::summary, what_happened(*source));
    message.text.add("\n\n");
  }
  add_own_text(message.text, alert);
  add_severity(message.text, source);
  add_facts(message.text, alert, source, database);
  add_fields(message.text, source);
  if (!source) return message;
  add_stacks(message.text, *source);
  add_note(message.text, source->note);
  if (is_crash) add_breadcrumbs(message.text, source->breadcrumbs);
  return message;
}

MessageText brief_message(const sqlite::Row& alert, const std::optional<reader::Details>& source) {
  MessageText message{brief_subject(alert), {}};
  add_own_text(message.text, alert);
  add_severity(message.text, source);
  add_origin(message.text, alert, source);
  return message;
}

std::string show_command(const reader::EntryId& id, const std::string& database) {
  const std::string command = "dblog show " + shell_word(id.table + '/' + std::to_string(id.id));
  return database.empty() ? command : command + " --db " + shell_word(database);
}

std::string command_for(const std::string& verb, const reader::EntryId& id,
                        const std::string& options, const std::string& database) {
  const std::string number = std::to_string(id.id);
  const std::string entry = id.table == reader::kCrashTable ? number : id.table + '/' + number;
  const std::string command = "dblog " + verb + ' ' + shell_word(entry) + options;
  return database.empty() ? command : command + " --db " + shell_word(database);
}

}  // namespace dblog::report
