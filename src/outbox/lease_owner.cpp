// "BOOT PID-NAMESPACE PID START-TIME".
#include "src/outbox/lease_owner.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>

#include "src/process/process_identity.hpp"

namespace dblog::outbox {
namespace {

std::string pid_namespace() {
  std::array<char, 64> name{};
  const ssize_t length = ::readlink("/proc/self/ns/pid", name.data(), name.size());
  return length > 0 ? std::string(name.data(), static_cast<std::size_t>(length)) : "";
}

}  // namespace

std::string this_lease_owner() {
  const process::ProcessIdentity self = process::identity_of(::getpid());
  return std::string{self.boot_id} + ' ' + pid_namespace() + ' ' + std::to_string(self.id) + ' ' +
         std::to_string(self.start_ticks);
}

bool is_dead_lease_owner(std::string_view owner) {
  std::istringstream parts{std::string{owner}};
  std::string boot, name_space;
  pid_t id = 0;
  std::int64_t start_ticks = 0;
  parts >> boot >> name_space >> id >> start_ticks;
  if (!parts || !parts.eof() || id <= 0) return false;
  const process::ProcessIdentity now = process::identity_of(id);
  if (boot != now.boot_id || name_space != pid_namespace()) return false;
  if (::kill(id, 0) != 0 && errno == ESRCH) return true;
  // Not readable for a foreign process where /proc is mounted with hidepid.
  return now.start_ticks >= 0 && start_ticks != -1 && start_ticks != now.start_ticks;
}

}  // namespace dblog::outbox
