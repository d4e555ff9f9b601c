#include "tools/dblog/waiting_notice.hpp"

#include "src/recovery/waiting_files.hpp"
#include "tools/dblog/counted_text.hpp"

namespace dblog::tool {
namespace {

// "3 black boxes, 1 queue; 5 MB"
std::string parts_of(const recovery::WaitingFiles& files) {
  std::string text;
  if (files.boxes > 0) {
    text = std::to_string(files.boxes) + (files.boxes == 1 ? " black box" : " black boxes");
  }
  if (files.queues > 0)
    text += (text.empty() ? "" : ", ") + counted(static_cast<std::int64_t>(files.queues), "queue");
  return text + "; " + megabytes(static_cast<std::int64_t>(files.bytes));
}

// Empty if none waits.
std::string waiting_files_text(const std::filesystem::path& database) {
  const recovery::WaitingFiles files = recovery::find_waiting_files(database);
  std::string words;
  if (files.count() > 0) {
    words = (files.count() == 1
                 ? "1 file of a process that is gone waits"
                 : std::to_string(files.count()) + " files of processes that are gone wait") +
            std::string(" beside it");
    if (files.count() > 1) words += " (" + parts_of(files) + ')';
    words += ": dblog recover";
  }
  if (files.foreign > 0) {
    words += (words.empty() ? "" : "; ") + std::to_string(files.foreign) +
             (files.foreign == 1
                  ? " black box or queue is skipped: it belongs to another user, or others can "
                    "write it"
                  : " black boxes or queues are skipped: they belong to other users, or others can "
                    "write them");
  }
  return words;
}

}  // namespace

std::string waiting_files_notice(const std::filesystem::path& database) {
  const std::string words = waiting_files_text(database);
  return words.empty() ? words : database.string() + ": " + words;
}

Outcome open_failure_beside_files(const base::Error& error, const std::filesystem::path& database) {
  const std::string words = waiting_files_text(database);
  Outcome outcome = open_failure(error);
  if (!words.empty()) outcome.error += "; " + words;
  return outcome;
}

}  // namespace dblog::tool
