// Context: setup.
#include "handlers/interpose/privilege_watch.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>

namespace dblog::crash {
namespace {

// A database that another program holds makes a process wait once, and briefly: servers change
// their user for each request.
std::int64_t longest_wait_ns() noexcept {
  constexpr std::int64_t kOnce = 100'000'000;
  static constinit std::atomic<int> waited_in{0};
  const int process = ::getpid();
  return waited_in.exchange(process) == process ? 0 : kOnce;
}

template <typename... Ids>
int change(int (*real)(Ids...), Ids... ids) noexcept {
  const int saved_errno = errno;
  if (auto* const prepare = before_privileges_change.load()) prepare(longest_wait_ns());
  errno = saved_errno;
  if (real != nullptr) return real(ids...);
  errno = ENOSYS;
  return -1;
}

template <typename Function>
Function* next(const char* name) noexcept {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

using Change = int(unsigned);
using ChangeTwo = int(unsigned, unsigned);
using ChangeThree = int(unsigned, unsigned, unsigned);
static_assert(sizeof(uid_t) == sizeof(unsigned) && sizeof(gid_t) == sizeof(unsigned));

Change *real_setuid, *real_setgid, *real_seteuid, *real_setegid;
ChangeTwo *real_setreuid, *real_setregid;
ChangeThree *real_setresuid, *real_setresgid;

// Before main() and before any other thread: dlsym() takes locks.
[[gnu::constructor(101)]] void find_real_functions() noexcept {
  real_setuid = next<Change>("setuid");
  real_setgid = next<Change>("setgid");
  real_seteuid = next<Change>("seteuid");
  real_setegid = next<Change>("setegid");
  real_setreuid = next<ChangeTwo>("setreuid");
  real_setregid = next<ChangeTwo>("setregid");
  real_setresuid = next<ChangeThree>("setresuid");
  real_setresgid = next<ChangeThree>("setresgid");
}

}  // namespace
}  // namespace dblog::crash

extern "C" {

[[gnu::visibility("default")]] int setuid(uid_t id) noexcept {
  return dblog::crash::change(dblog::crash::real_setuid, id);
}
[[gnu::visibility("default")]] int setgid(gid_t id) noexcept {
  return dblog::crash::change(dblog::crash::real_setgid, id);
}
[[gnu::visibility("default")]] int seteuid(uid_t id) noexcept {
  return dblog::crash::change(dblog::crash::real_seteuid, id);
}
[[gnu::visibility("default")]] int setegid(gid_t id) noexcept {
  return dblog::crash::change(dblog::crash::real_setegid, id);
}
[[gnu::visibility("default")]] int setreuid(uid_t real, uid_t effective) noexcept {
  return dblog::crash::change(dblog::crash::real_setreuid, real, effective);
}
[[gnu::visibility("default")]] int setregid(gid_t real, gid_t effective) noexcept {
  return dblog::crash::change(dblog::crash::real_setregid, real, effective);
}
[[gnu::visibility("default")]] int setresuid(uid_t real, uid_t effective, uid_t saved) noexcept {
  return dblog::crash::change(dblog::crash::real_setresuid, real, effective, saved);
}
[[gnu::visibility("default")]] int setresgid(gid_t real, gid_t effective, gid_t saved) noexcept {
  return dblog::crash::change(dblog::crash::real_setresgid, real, effective, saved);
}
}
