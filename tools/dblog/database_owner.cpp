#include "tools/dblog/database_owner.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "src/base/parent_directory.hpp"
#include "src/base/trusted_file.hpp"
#include "src/sqlite/database_place.hpp"

namespace dblog::tool {
namespace {

// "nogroup": a file's own group may be one that its owner is no member of.
constexpr gid_t kNoGroup = 65'534;

// The groups first: a user who is not root cannot change them. All three ids, so that there is no
// way back.
bool become(uid_t user) {
  const passwd* const known = ::getpwuid(user);
  const gid_t group = known != nullptr ? known->pw_gid : kNoGroup;
  const int failed =
      known != nullptr ? ::initgroups(known->pw_name, group) : ::setgroups(0, nullptr);
  return failed == 0 && ::setresgid(group, group, group) == 0 && ::setresuid(user, user, user) == 0;
}

}  // namespace

base::Result<std::filesystem::path> act_as_owner(const std::filesystem::path& database) {
  if (::getuid() != 0 || ::geteuid() != 0) return database;
  const auto real = sqlite::existing_database(database);
  struct stat status {};
  const bool is_anothers = real && base::ParentDirectory{real->c_str()}.stat(status) &&
                           base::judge_file(status) == base::Distrust::other_owner;
  if (!is_anothers) return database;
  if (become(status.st_uid)) return *real;
  return base::Error{
      base::ErrorCode::permission, real->string(),
      "belongs to user " + std::to_string(status.st_uid) +
          ", whom this process may not become: " + std::generic_category().message(errno)};
}

}  // namespace dblog::tool
