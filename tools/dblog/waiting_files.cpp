#include "tools/dblog/waiting_files.hpp"

#include "src/recovery/waiting_files.hpp"

namespace dblog::tool {
namespace {

// Empty if none waits.
std::string waiting_words(const std::filesystem::path& database) {
  const std::size_t count = recovery::count_waiting_files(database);
  if (count == 0) return "";
  return (count == 1 ? "1 file of a process that is gone waits"
                     : std::to_string(count) + " files of processes that are gone wait") +
         " beside it: dblog recover";
}

}  // namespace

std::string waiting_files_notice(const std::filesystem::path& database) {
  const std::string words = waiting_words(database);
  return words.empty() ? words : database.string() + ": " + words;
}

Outcome open_failure_beside_files(const Error& error, const std::filesystem::path& database) {
  const std::string words = waiting_words(database);
  Outcome outcome = open_failure(error);
  if (!words.empty()) outcome.error += "; " + words;
  return outcome;
}

}  // namespace dblog::tool
