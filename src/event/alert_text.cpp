// Subject and body of messages.
#include "src/event/alert_text.hpp"

#include <limits.h>
#include <unistd.h>

#include <array>

#include "handlers/record/alert_facts.hpp"
#include "src/event/local_offset.hpp"
#include "src/event/program_release.hpp"
#include "src/sqlite/utf8.hpp"

namespace dblog {
namespace {

constexpr std::size_t kMaxFactCharacters = 4'096;

std::string_view first_line_with_text(std::string_view message) {
  const std::size_t start = message.find_first_not_of(" \t\r\n\v\f");
  if (start == std::string_view::npos) return "(no message)";
  message.remove_prefix(start);
  return message.substr(0, message.find_first_of("\r\n"));
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

std::string facts_text(std::string_view table, const Event& event,
                       const std::filesystem::path& database) {
  const bool is_own = event.process_id == ::getpid();
  const auto utc_microseconds = event.date.time_since_epoch().count();
  const auto line = [](const std::string& text) {
    return store::one_line(text, kMaxFactCharacters);
  };
  const std::string program = line(program_of(event.process_id)), host = line(host_name()),
                    release = is_own ? line(program_release()) : "", file = line(database.native());
  std::string text(2'000 + 2 * (program.size() + file.size()) + table.size(), '\0');
  crash::TextBuffer facts{text.data(), text.size()};
  crash::put_facts(facts, {.utc_microseconds = utc_microseconds,
                           .offset_seconds = local_offset_seconds(utc_microseconds),
                           .program = program,
                           .release = release,
                           .host = host,
                           .process_id = event.process_id,
                           .thread_id = is_own ? ::gettid() : 0,
                           .database = file,
                           .table = table});
  text.resize(facts.size());
  return text;
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
  text.body += facts_text(table, event, database);
  return text;
}

}  // namespace dblog
