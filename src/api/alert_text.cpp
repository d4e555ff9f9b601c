// Subject and body of messages.
#include "src/api/alert_text.hpp"

#include <limits.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "src/api/local_offset.hpp"
#include "src/store/utf8.hpp"

namespace dblog {
namespace {

constexpr std::size_t kMaxFactCharacters = 4'096;

std::string_view first_line_with_text(std::string_view message) {
  const std::size_t start = message.find_first_not_of(" \t\r\n\v\f");
  if (start == std::string_view::npos) return "(no message)";
  message.remove_prefix(start);
  return message.substr(0, message.find_first_of("\r\n"));
}

// Local time alone leaves a reader elsewhere guessing.
std::string zone_text(Timestamp date) {
  const int minutes = local_offset_seconds(date.time_since_epoch().count()) / 60;
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "UTC%c%02d:%02d", minutes < 0 ? '-' : '+',
                std::abs(minutes) / 60, std::abs(minutes) % 60);
  return text.data();
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string program_of(int process_id) {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/" + std::to_string(process_id) + "/exe";
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : "";
}

void append_fact(std::string& body, std::string_view name, const std::string& value) {
  if (value.empty()) return;
  body += name;
  body += store::one_line(value, kMaxFactCharacters);
  body += '\n';
}

}  // namespace

AlertText alert_text(std::string_view table, const Event& event,
                     const std::filesystem::path& database) {
  AlertText text;
  text.subject = std::string(table) + ": " +
                 store::one_line(first_line_with_text(event.message), kMaxSubjectCharacters);
  text.body = event.message;
  if (!text.body.ends_with('\n')) text.body += '\n';
  text.body += '\n';
  append_fact(text.body,
              "Date:     ", local_date_text(event.date) + " (" + zone_text(event.date) + ")");
  append_fact(text.body, "Process:  ", std::to_string(event.process_id));
  append_fact(text.body, "Program:  ", program_of(event.process_id));
  append_fact(text.body, "Host:     ", host_name());
  append_fact(text.body, "Database: ", database.native() + ", table " + std::string(table));
  return text;
}

}  // namespace dblog
