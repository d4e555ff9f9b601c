#include "src/report/crash_text.hpp"

#include "src/report/signal_text.hpp"
#include "src/report/type_text.hpp"
#include "src/schema/crash_facts.hpp"

namespace dblog::report {
namespace {

std::string executable_name(const sqlite::Row& crash) {
  const std::string path = crash.text("executable").value_or("");
  return path.substr(path.rfind('/') + 1);
}

/// "parse_header, app"; what is not known is left out.
std::string where_text(const sqlite::Row& crash, std::string_view place) {
  const std::string program = executable_name(crash);
  const bool is_told = place.starts_with(program + "+");  // "app+0x10", a function without a name
  if (program.empty() || is_told) return std::string(place);
  return place.empty() ? program : std::string(place) + ", " + program;
}

}  // namespace

std::string crash_headline(const sqlite::Row& crash, std::string_view place) {
  const std::string kind = crash.text("kind").value_or("");
  const std::string message = message_line(crash);
  const bool is_signal = kind == "signal";
  std::string what =
      is_signal ? signal_name(crash) : readable_name(crash.text("exception_type").value_or(""));
  const std::string where = where_text(crash, readable_name(place));
  if (what.empty()) return joined_text(where, message);
  if (!where.empty()) what += " in " + where;
  const auto address = crash.text("fault_address");
  if (is_signal && address && message.empty()) return what + " at " + *address;
  return joined_text(what, message);
}

std::string end_of_name(const std::string& whole_name) {
  constexpr std::size_t kRoom = 60;
  std::string name = readable_name(whole_name);
  if (name.size() <= kRoom) return name;
  std::size_t start = name.find("::", name.size() - kRoom);
  if (start == std::string::npos) start = name.size() - kRoom;
  while (start < name.size() && (static_cast<unsigned char>(name[start]) & 0xc0) == 0x80) ++start;
  return "…" + name.substr(start);
}

std::string program_name(const sqlite::Row& crash) {
  const std::string name = executable_name(crash);
  return name.empty() ? "A program" : name;
}

std::string message_line(const sqlite::Row& crash) {
  const std::string message = crash.text("msg").value_or("");
  const std::string_view line = first_line(message);
  if (crash.text("kind") != "signal") return std::string(line);
  return std::string(schema::without_signal_name(line, crash.text("signal_name").value_or("")));
}

std::string note_text(const sqlite::Row& note) {
  std::string text = note.text("note").value_or("");
  const std::string state = note.text("state").value_or("");
  const bool has_faulted = state == word_of(schema::NoteState::faulted);
  const bool was_stuck = state == word_of(schema::NoteState::stuck);
  if (!has_faulted && !was_stuck) return text.empty() ? "(empty)" : text;
  if (!text.empty()) text += '\n';
  return text + (has_faulted ? "(the function that writes the note crashed)"
                             : "(the function that writes the note stood still, and was given up)");
}

std::string with_deeper_lines(std::string_view text) {
  constexpr std::string_view kDeeper = "    ";
  std::string deeper;
  for (const char c : text) {
    deeper += c;
    if (c == '\n') deeper += kDeeper;
  }
  return deeper;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

std::string joined_text(std::string_view first, std::string_view second) {
  if (first.empty() || second.empty()) return std::string(first).append(second);
  return std::string(first).append(": ").append(second);
}

}  // namespace dblog::report
