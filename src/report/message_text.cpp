#include "src/report/message_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "src/report/crash_text.hpp"
#include "src/report/event_text.hpp"
#include "src/report/frame_text.hpp"
#include "src/report/signal_text.hpp"
#include "src/report/what_happened.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::report {
namespace {

constexpr std::size_t kMostFrames = 30;
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

void add_fact(std::string& body, const char* name, const std::optional<std::string>& value) {
  constexpr std::size_t kLongest = 4'096;
  if (value) body += name + text::one_line(*value, kLongest) + '\n';
}

// Local time alone leaves a reader elsewhere guessing.
std::string date_text(const store::Row& alert) {
  constexpr std::int64_t kADay = 24 * 60 * 60;  // more only in a hostile database
  const std::int64_t offset = std::clamp(alert.integer("utc_offset").value_or(0), -kADay, kADay);
  const std::int64_t minutes = std::abs(offset) / 60;
  const auto two_digits = [](std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return alert.text("created").value_or("") + " (UTC" + (offset < 0 ? '-' : '+') +
         two_digits(minutes / 60) + ':' + two_digits(minutes % 60) + ')';
}

std::optional<std::string> process_text(const store::Row& source) {
  auto text = source.text("pid");
  if (!text) return text;
  if (const auto thread = source.text("tid")) *text += ", thread " + *thread;
  if (const auto name = source.text("thread_name")) *text += " (" + *name + ')';
  return text;
}

// Of a crash they are in its row, of a handled error beside the alert.
const store::Row& origin_of(const store::Row& alert, const std::optional<reader::Details>& source) {
  return source && source->entry.is_crash ? source->entry.row : alert;
}

void add_origin(std::string& body, const store::Row& origin) {
  add_fact(body, "Program:  ", origin.text(origin.find("executable") ? "executable" : "program"));
  add_fact(body, "Release:  ", origin.text("release"));
  add_fact(body, "Host:     ", origin.text("host"));
  add_fact(body, "Process:  ", process_text(origin));
}

void add_facts(std::string& body, const store::Row& alert,
               const std::optional<reader::Details>& source, const std::string& database) {
  add_fact(body, "Date:     ", date_text(alert));
  add_origin(body, origin_of(alert, source));
  if (source && source->number_in_group > 0) {
    add_fact(body, "Group:    ",
             source->entry.row.text("fingerprint").value_or("") + ", crash " +
                 std::to_string(source->number_in_group) + " of it");
  }
  const std::string table = alert.text("source_table").value_or("");
  const bool is_of_event = !table.empty() && table != reader::kCrashTable;
  add_fact(body, "Database: ", database + (is_of_event ? ", table " + table : ""));
  if (source) body += "More:     " + show_command(source->entry.id, database) + '\n';
}

const reader::EventFacts* facts_of(const std::optional<reader::Details>& source) {
  return source && source->entry.facts ? &*source->entry.facts : nullptr;
}

void add_severity(std::string& body, const std::optional<reader::Details>& source) {
  const reader::EventFacts* facts = facts_of(source);
  if (facts == nullptr) return;
  add_fact(body, "Severity: ", facts->severity);
  const std::string tags = tags_text(*facts);
  if (!tags.empty()) add_fact(body, "Tags:     ", tags);
}

// A value of several lines, or a long one, is a line's beginning here: the row has the whole.
void add_fields(std::string& body, const std::optional<reader::Details>& source) {
  constexpr std::size_t kLongest = 300;
  const reader::EventFacts* facts = facts_of(source);
  const auto lines = facts == nullptr ? std::vector<std::string>{} : field_lines(*facts);
  if (lines.empty()) return;
  body += "\nFields:\n";
  for (const std::string& line : lines) body += text::one_line(line, kLongest) + '\n';
}

std::string death_text(const store::Row& crash) {
  const std::string kind = crash.text("kind").value_or("");
  if (kind == "signal") return signal_name(crash);
  if (kind == "exception") return "uncaught " + crash.text("exception_type").value_or("");
  return kind == "terminate" ? "std::terminate" : kind;
}

// "SIGSEGV in parse_header (app on web1)"; the alert's own, which was written while the process
// died, has no function.
std::string crash_subject(const store::Row& alert, const reader::Details& crash) {
  const std::string function = site_function(crashed_frames(crash));
  if (function.empty()) return alert.text("subject").value_or("");
  const store::Row& row = crash.entry.row;
  return death_text(row) + " in " + function + " (" + program_name(row) + " on " +
         row.text("host").value_or("") + ')';
}

std::string own_text(const store::Row& alert) {
  std::string text = alert.text("body").value_or("");
  if (!text.ends_with('\n')) text += '\n';
  return text + '\n';
}

void add_stack(std::string& body, const char* title, const Frames& frames) {
  if (frames.empty()) return;
  body += std::string("\n") + title + "\n";
  const std::size_t shown = std::min(frames.size(), kMostFrames);
  for (std::size_t i = 0; i < shown; ++i) {
    if (const std::size_t run = library_run(frames, i); run > 0 && i + run <= shown) {
      body += library_run_text(run) + '\n';
      i += run - 1;
      continue;
    }
    body += "#" + frames[i].text("depth").value_or("?") + " " + frame_place(frames[i]) + '\n';
  }
  if (shown < frames.size()) body += std::to_string(frames.size() - shown) + " more frames\n";
}

// The last ones, with their times to the millisecond; a process that was killed may have left them
// long before.
void add_breadcrumbs(std::string& body, const std::vector<store::Row>& breadcrumbs) {
  if (breadcrumbs.empty()) return;
  if (!body.ends_with('\n')) body += '\n';
  body += "\nBreadcrumbs:\n";
  const std::size_t left_out = breadcrumbs.size() - std::min(breadcrumbs.size(), kMostBreadcrumbs);
  if (left_out > 0) body += std::to_string(left_out) + " before\n";
  for (std::size_t i = left_out; i < breadcrumbs.size(); ++i) {
    constexpr std::size_t kToMilliseconds = 23;
    const std::string date = breadcrumbs[i].text("date").value_or("?");
    const std::string text = breadcrumbs[i].text("msg").value_or("");
    body += date.substr(0, kToMilliseconds) + "  " + std::string(first_line(text)) + '\n';
  }
}

}  // namespace

MessageText whole_message(const store::Row& alert, const std::optional<reader::Details>& source,
                          const std::string& database) {
  MessageText text{alert.text("subject").value_or(""), ""};
  const bool is_crash = source && source->entry.is_crash;
  if (is_crash) {
    text.subject = crash_subject(alert, *source);
    text.body = what_happened(*source) + "\n\n";
  }
  text.body += own_text(alert);
  add_severity(text.body, source);
  add_facts(text.body, alert, source, database);
  add_fields(text.body, source);
  if (is_crash) {
    if (const auto trace = source->entry.row.text("stack_trace")) text.body += '\n' + *trace;
    add_breadcrumbs(text.body, source->breadcrumbs);
  } else if (source && source->stacks) {
    add_stack(text.body, "Where the exception was thrown:", source->stacks->thrown.frames);
    add_stack(text.body, "Where it was recorded:", source->stacks->pushed.frames);
  }
  return text;
}

MessageText brief_message(const store::Row& alert, const std::optional<reader::Details>& source) {
  MessageText text{alert.text("subject").value_or(""), own_text(alert)};
  add_severity(text.body, source);
  add_origin(text.body, origin_of(alert, source));
  return text;
}

std::string show_command(const reader::EntryId& id, const std::string& database) {
  const std::string command = "dblog show " + shell_word(id.table + '/' + std::to_string(id.id));
  return database.empty() ? command : command + " --db " + shell_word(database);
}

}  // namespace dblog::report
