#include "tools/dblog/entry_line.hpp"

#include "src/report/crash_text.hpp"
#include "src/report/event_text.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/hardware_section.hpp"

namespace dblog::tool {

std::string kind_of(const reader::Entry& entry) {
  if (entry.is_crash) return escape_line(entry.row.text("kind").value_or("-"));
  return entry.is_hardware ? "hardware" : "event";
}

std::string what_of(const reader::Entry& entry, bool is_full) {
  if (entry.is_hardware) {
    const std::string task(report::first_line(entry.row.text("task").value_or("")));
    const std::string words = hardware_text(entry.row);
    return task.empty() || words.empty() ? task + words : task + ": " + words;
  }
  if (!entry.is_crash) return report::event_headline(entry);
  const std::string place = entry.place.value_or("");
  return report::crash_headline(entry.row, is_full ? place : report::end_of_name(place));
}

}  // namespace dblog::tool
