#include "src/journal/crash_entry.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "src/report/frame_text.hpp"
#include "src/report/what_happened.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::journal {
namespace {

// syslog(3): LOG_CRIT, and LOG_WARNING for what may have been no crash at all.
constexpr const char* kCritical = "2";
constexpr const char* kWarning = "4";

class Fields {
 public:
  void add(const char* name, const std::optional<std::string>& value) {
    constexpr std::size_t kLongest = 4'096;
    if (!value) return;
    fields_.push_back(std::string{name} + '=' + text::one_line(*value, kLongest));
  }
  std::vector<std::string> take() && { return std::move(fields_); }

 private:
  std::vector<std::string> fields_;
};

// The first of the program's own functions with a source, which the message names, too.
void add_place(Fields& fields, const reader::Details& crash) {
  for (const sqlite::Row& frame : report::crashed_frames(crash)) {
    if (!report::is_program_frame(frame) || !frame.text("file")) continue;
    fields.add("CODE_FILE", frame.text("file"));
    fields.add("CODE_LINE", frame.text("line"));
    fields.add("CODE_FUNC", frame.text("function"));
    return;
  }
}

}  // namespace

std::vector<std::string> crash_entry(const reader::Details& crash, const std::string& database) {
  const sqlite::Row& row = crash.entry.row;
  const bool is_doubtful = row.text("kind") == "ended";
  Fields fields;
  fields.add("MESSAGE", report::what_happened(crash));
  fields.add("MESSAGE_ID", kMessageId);
  fields.add("PRIORITY", is_doubtful ? kWarning : kCritical);
  add_place(fields, crash);
  constexpr std::pair<const char*, const char*> kColumns[] = {
      {"COREDUMP_PID", "pid"},
      {"COREDUMP_TID", "tid"},
      {"COREDUMP_COMM", "thread_name"},
      {"COREDUMP_EXE", "executable"},
      {"COREDUMP_HOSTNAME", "host"},
      {"COREDUMP_SIGNAL", "signal"},
      {"COREDUMP_SIGNAL_NAME", "signal_name"},
      {"DBLOG_UUID", "uuid"},
      {"DBLOG_CRASH", "id"},
      {"DBLOG_DATE", "date"},
      {"DBLOG_KIND", "kind"},
      {"DBLOG_EXCEPTION_TYPE", "exception_type"},
      {"DBLOG_RELEASE", "release"},
      {"DBLOG_FINGERPRINT", "fingerprint"}};
  for (const auto& [field, column] : kColumns) fields.add(field, row.text(column));
  if (crash.entry.process) {
    fields.add("DBLOG_ENVIRONMENT", crash.entry.process->text("environment"));
  }
  fields.add("DBLOG_DATABASE", database);
  return std::move(fields).take();
}

}  // namespace dblog::journal
