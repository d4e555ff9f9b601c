#include "tools/dblog/waiting_files.hpp"

#include "src/recovery/waiting_files.hpp"

namespace dblog::tool {

std::string waiting_files_notice(const std::filesystem::path& database) {
  const std::size_t count = recovery::count_waiting_files(database);
  if (count == 0) return "";
  return database.string() + ": " +
         (count == 1 ? "1 file of a process that is gone waits"
                     : std::to_string(count) + " files of processes that are gone wait") +
         " beside it: dblog recover";
}

}  // namespace dblog::tool
