#include "tools/dblog/prometheus_text.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <utility>

#include "tools/dblog/escape_text.hpp"

namespace dblog::tool {
namespace {

// Of a line: what escape_line() leaves, and what would end a label's value.
std::string label_value(const std::string& text) {
  std::string escaped;
  for (const char c : escape_line(shortened(text, 200, ""))) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

using Labels = std::initializer_list<std::pair<const char*, std::string>>;

std::string labels_text(Labels labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += (text.empty() ? "{" : ",") + std::string(name) + "=\"" + label_value(value) + '"';
  }
  return text + '}';
}

/// One metric: its samples by their labels, those that are alike added up or the higher one taken.
class Metric {
 public:
  Metric(const char* name, const char* help) : name_(name), help_(help) {}

  void add(Labels labels, std::int64_t count) { samples_[labels_text(labels)] += count; }
  void raise(Labels labels, std::int64_t value) {
    auto& sample = samples_[labels_text(labels)];
    sample = std::max(sample, value);
  }

  // A metric without samples has no head, either.
  [[nodiscard]] std::string text() const {
    if (samples_.empty()) return "";
    std::string text = "# HELP " + name_ + ' ' + help_ + "\n# TYPE " + name_ + " gauge\n";
    for (const auto& [labels, value] : samples_) {
      text += name_ + labels + ' ' + std::to_string(value) + '\n';
    }
    return text;
  }

 private:
  std::string name_, help_;
  std::map<std::string, std::int64_t> samples_;
};

std::string program_of(const sqlite::Row& row) {
  const std::string path = row.text("executable").value_or("");
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

std::string prometheus_text(const reader::Counts& counts) {
  Metric crashes{"dblog_crashes", "Crashes and killed processes in the database."};
  Metric newest{"dblog_last_crash_timestamp_seconds",
                "When the newest crash was noticed, in seconds since 1970."};
  Metric events{"dblog_events", "Events in the database."};
  for (const sqlite::Row& row : counts.crashes) {
    const std::string program = program_of(row);
    crashes.add({{"program", program},
                 {"release", row.text("release").value_or("")},
                 {"kind", row.text("kind").value_or("")},
                 {"signal", row.text("signal_name").value_or("")}},
                row.integer("count").value_or(0));
    if (const auto time = row.integer("newest")) newest.raise({{"program", program}}, *time);
  }
  for (const sqlite::Row& row : counts.events) {
    events.add({{"table", row.text("table").value_or("")},
                {"severity", row.text("severity").value_or("")},
                {"release", row.text("release").value_or("")}},
               row.integer("count").value_or(0));
  }
  return crashes.text() + newest.text() + events.text();
}

}  // namespace dblog::tool
