#include "src/report/crash_words.hpp"

#include "src/report/signal_words.hpp"

namespace dblog::report {

std::string crash_headline(const store::Row& crash) {
  const std::string kind = crash.text("kind").value_or("");
  const std::string message = message_line(crash);
  if (kind == "signal" || kind == "killed") {
    std::string name = signal_name(crash);
    if (auto address = crash.text("fault_address"); address && message.empty()) {
      return name + " at " + *address;
    }
    return join_words(name, message);
  }
  return join_words(crash.text("exception_type").value_or(""), message);
}

std::string program_name(const store::Row& crash) {
  const std::string path = crash.text("executable").value_or("");
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.empty() ? "A program" : name;
}

std::string message_line(const store::Row& crash) {
  const std::string message = crash.text("msg").value_or("");
  std::string line{first_line(message)};
  const std::string name = signal_name(crash) + ": ";
  return line.starts_with(name) ? line.substr(name.size()) : line;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

std::string join_words(std::string_view first, std::string_view second) {
  if (first.empty() || second.empty()) return std::string(first).append(second);
  return std::string(first).append(": ").append(second);
}

}  // namespace dblog::report
