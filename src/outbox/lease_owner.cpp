// Processes by pid and start time.
#include "src/outbox/lease_owner.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <vector>

#include "src/process/process_identity.hpp"

namespace dblog::outbox {
namespace {

std::string pid_namespace() {
  std::array<char, 64> name{};
  const ssize_t length = ::readlink("/proc/self/ns/pid", name.data(), name.size());
  return length > 0 ? std::string(name.data(), static_cast<std::size_t>(length)) : "";
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found(1);
  for (const char c : text) {
    if (c == ' ') {
      found.emplace_back();
    } else {
      found.back() += c;
    }
  }
  return found;
}

}  // namespace

std::string this_holder() {
  const process::ProcessIdentity self = process::identity_of(::getpid());
  return std::string{self.boot_id} + ' ' + pid_namespace() + ' ' + std::to_string(self.id) + ' ' +
         std::to_string(self.start_ticks);
}

bool is_dead_lease_owner(std::string_view holder) {
  const std::vector<std::string> parts = words(holder);
  if (parts.size() != 4 || parts[0].empty() || parts[1].empty()) return false;
  pid_t id = 0;
  const char* end = parts[2].data() + parts[2].size();
  const auto [stop, failure] = std::from_chars(parts[2].data(), end, id);
  if (failure != std::errc{} || stop != end || id <= 0) return false;
  const process::ProcessIdentity now = process::identity_of(id);
  if (parts[0] != now.boot_id || parts[1] != pid_namespace()) return false;
  if (::kill(id, 0) != 0 && errno == ESRCH) return true;
  // Not readable for a foreign process where /proc is mounted with hidepid.
  return now.start_ticks >= 0 && parts[3] != "-1" && parts[3] != std::to_string(now.start_ticks);
}

}  // namespace dblog::outbox
