#include "src/report/message_text.hpp"

#include <algorithm>
#include <string_view>

#include "src/report/crash_text.hpp"
#include "src/report/frame_text.hpp"
#include "src/report/signal_text.hpp"
#include "src/report/what_happened.hpp"

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

// Below the facts, which end with the database's line; at the end of a text that has none.
void add_command(std::string& body, const std::string& command) {
  constexpr std::string_view kLastFact = "\nDatabase: ";
  const std::string line = "More:     " + command + '\n';
  const std::size_t fact = body.rfind(kLastFact);
  const std::size_t end = fact == std::string::npos ? fact : body.find('\n', fact + 1);
  if (end != std::string::npos) {
    body.insert(end + 1, line);
    return;
  }
  if (!body.empty() && !body.ends_with('\n')) body += '\n';
  body += (fact == std::string::npos ? "\n" : "") + line;
}

// "SIGSEGV in app on web1", as handlers/text/crash_report_text.cpp says it, becomes "SIGSEGV in
// parse_header (app on web1)".
void add_function(std::string& subject, const store::Details& crash) {
  const std::string function = site_function(crashed_frames(crash));
  const std::string where =
      program_name(crash.entry.row) + " on " + crash.entry.row.text("host").value_or("");
  const std::string end = " in " + where;
  if (function.empty() || !subject.ends_with(end)) return;
  subject.replace(subject.size() - end.size(), end.size(), " in " + function + " (" + where + ")");
}

void add_stack(std::string& body, const char* title, const Frames& frames) {
  if (frames.empty()) return;
  body += std::string("\n") + title + "\n";
  const std::size_t shown = std::min(frames.size(), kMostFrames);
  for (std::size_t i = 0; i < shown; ++i) {
    if (const std::size_t run = library_run(frames, i); run > 0 && i + run <= shown) {
      body += library_run_words(run) + '\n';
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

MessageText told_in_full(const MessageText& stored, const store::Details& details,
                         const std::string& database) {
  MessageText text = stored;
  add_command(text.body, show_command(details.entry.id, database));
  if (details.entry.is_crash) {
    add_function(text.subject, details);
    text.body = what_happened(details) + "\n\n" + text.body;
    add_breadcrumbs(text.body, details.breadcrumbs);
  } else if (details.stacks) {
    add_stack(text.body, "Where the exception was thrown:", details.stacks->thrown.frames);
    add_stack(text.body, "Where it was recorded:", details.stacks->pushed.frames);
  }
  return text;
}

std::string show_command(const store::EntryId& id, const std::string& database) {
  const std::string command = "dblog show " + shell_word(id.table + '/' + std::to_string(id.id));
  return database.empty() ? command : command + " --db " + shell_word(database);
}

}  // namespace dblog::report
