// Processes by pid and start time.
#include "src/outbox/lease_owner.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

namespace dblog::outbox {
namespace {

std::string boot_id() {
  std::string id;
  std::ifstream{"/proc/sys/kernel/random/boot_id"} >> id;
  return id;
}

std::string pid_namespace() {
  std::array<char, 64> name{};
  const ssize_t length = ::readlink("/proc/self/ns/pid", name.data(), name.size());
  return length > 0 ? std::string(name.data(), static_cast<std::size_t>(length)) : "";
}

// Field 22 of /proc/PID/stat (proc(5)); the command before it may hold anything, ')' included.
std::string start_time(const std::string& process) {
  std::ifstream file{"/proc/" + process + "/stat"};
  std::string line;
  std::getline(file, line, '\0');
  const std::size_t end_of_command = line.rfind(')');
  if (end_of_command == std::string::npos) return {};
  std::istringstream fields{line.substr(end_of_command + 1)};
  constexpr int kFieldsFromStateToStart = 20;
  std::string field;
  for (int i = 0; i < kFieldsFromStateToStart; ++i) fields >> field;
  return field;
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

std::string where_pids_count() { return boot_id() + ' ' + pid_namespace(); }

}  // namespace

std::string this_holder() {
  return where_pids_count() + ' ' + std::to_string(::getpid()) + ' ' + start_time("self");
}

bool is_dead_lease_owner(std::string_view holder) {
  const std::vector<std::string> parts = words(holder);
  if (parts.size() != 4 || parts[0].empty() || parts[1].empty()) return false;
  if (parts[0] + ' ' + parts[1] != where_pids_count()) return false;
  pid_t process = 0;
  const char* end = parts[2].data() + parts[2].size();
  const auto [stop, failure] = std::from_chars(parts[2].data(), end, process);
  if (failure != std::errc{} || stop != end || process <= 0) return false;
  if (::kill(process, 0) != 0 && errno == ESRCH) return true;
  // Not readable for a foreign process where /proc is mounted with hidepid.
  const std::string started = start_time(parts[2]);
  return !started.empty() && started != parts[3];
}

}  // namespace dblog::outbox
