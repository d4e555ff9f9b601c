// Subject and facts of an event's messages.
#include "src/event/alert_row.hpp"

#include <limits.h>
#include <unistd.h>

#include <array>

#include "src/event/host_name.hpp"
#include "src/event/local_offset.hpp"
#include "src/event/program_release.hpp"
#include "src/schema/event_words.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::event {
namespace {

std::string severity_prefix(Severity severity) {
  const std::string_view word = schema::severity_word(static_cast<std::size_t>(severity));
  return word == schema::kUsualSeverityWord ? "" : '[' + std::string(word) + "] ";
}

std::string program_of(int process_id) {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/" + std::to_string(process_id) + "/exe";
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : "";
}

}  // namespace

store::AlertRow alert_row(std::string_view table, const Event& event, Severity severity) {
  const bool is_own = event.process_id == ::getpid();
  return {
      .channels = {},
      .subject = severity_prefix(severity) + std::string(table) + ": " +
                 text::one_line(text::first_line_with_text(event.message), kMaxSubjectCharacters),
      .utc_offset_seconds = local_offset_seconds(event.date.time_since_epoch().count()),
      .program = program_of(event.process_id),
      .release = is_own ? program_release() : "",
      .host = host_name(),
      .process_id = event.process_id,
      .thread_id = is_own ? ::gettid() : 0};
}

}  // namespace dblog::event
