// The default path, as a list of all that were in force: readers may still look at an old one.
#include "src/api/default_database.hpp"

#include <atomic>
#include <cstdlib>
#include <system_error>

#include "src/base/secure_execution.hpp"

namespace dblog::api {
namespace {

struct Chosen {
  std::filesystem::path path;
  const Chosen* earlier;  // keeps it reachable; never freed, installs are few
};

std::atomic<const Chosen*> chosen{nullptr};

}  // namespace

base::Result<std::filesystem::path> absolute_database(const std::filesystem::path& path) {
  if (path.is_absolute()) return path;
  if (base::is_secure_execution()) {
    return base::Error{
        base::ErrorCode::permission, path.native(),
        "is not used: this program has more rights than its caller, who chose the working "
        "directory and the environment; name an absolute path in "
        "HandlerOptions::database"};
  }
  std::error_code failed;
  auto absolute = std::filesystem::absolute(path, failed);
  if (!failed) return absolute;
  return base::Error{base::ErrorCode::not_found, path.native(),
                     "the working directory is gone; change to another or set $DBLOG_DB"};
}

void set_default_database(const std::filesystem::path& database) {
  const auto absolute = absolute_database(database);
  auto* choice = new Chosen{database.empty() || !absolute ? database : *absolute, nullptr};
  const Chosen* current = chosen.load();
  do {
    choice->earlier = current;
  } while (!chosen.compare_exchange_weak(current, choice));
}

base::Result<std::filesystem::path> default_database() {
  const Chosen* current = chosen.load();
  if (current != nullptr && !current->path.empty()) return absolute_database(current->path);
  // Not in a program that runs with more rights than its caller.
  const char* variable = ::secure_getenv("DBLOG_DB");
  const bool is_set = variable != nullptr && *variable != '\0';
  auto path = absolute_database(is_set ? variable : "LOGS.db");
  if (!path) return path;
  auto* choice = new Chosen{*path, current};
  if (chosen.compare_exchange_strong(current, choice)) return path;
  delete choice;
  return current->path.empty() ? *path : current->path;
}

}  // namespace dblog::api
