#include "src/symbols/worker.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <list>
#include <memory>
#include <utility>

#include "src/symbols/module_search.hpp"
#include "src/symbols/regular_file.hpp"

namespace dblog::symbols {
namespace {

// Modules stay open from crash to crash; the one that was not used for longest goes.
class ModuleCache {
 public:
  ModuleCache(std::size_t capacity, SearchPlaces search)
      : capacity_(capacity), search_(std::move(search)) {}

  OpenModule& get(const ModuleKey& key, Detail detail) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->key == key && entry->detail == detail) {
        entries_.splice(entries_.begin(), entries_, entry);
        return *entry->module;
      }
    }
    while (entries_.size() >= capacity_) entries_.pop_back();
    auto module = std::make_unique<OpenModule>(key, detail, search_);
    entries_.push_front({key, detail, std::move(module)});
    return *entries_.front().module;
  }

 private:
  struct Entry {
    ModuleKey key;
    Detail detail;
    std::unique_ptr<OpenModule> module;
  };

  std::size_t capacity_;
  SearchPlaces search_;
  std::list<Entry> entries_;  ///< The last used first.
};

void set_limit(__rlimit_resource_t resource, rlim_t value) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return;
  limit.rlim_cur = std::min(value, limit.rlim_max);
  ::setrlimit(resource, &limit);
}

// What the process has already counts too (a sanitizer maps terabytes).
rlim_t data_in_use() {
  std::ifstream file{"/proc/self/statm"};
  std::uint64_t ignored = 0;
  std::uint64_t pages = 0;
  for (int i = 0; i < 5; ++i) file >> ignored;
  if (!(file >> pages)) return 0;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void set_environment_default(const char* name, const char* value) {
  constexpr int kKeep = 0;
  ::setenv(name, value, kKeep);
}

// A worker that dies is expected, so it must be quiet about it, and must not outlive the tool.
void become_worker(int socket, const WorkerOptions& options, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  ::prctl(PR_SET_NAME, "dblog-symbols");
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (nowhere >= 0) ::dup2(nowhere, standard);
  }
  // Not close_range(3): glibc 2.34.
  const auto descriptor = static_cast<unsigned>(socket);
  if (descriptor > 3) ::syscall(SYS_close_range, 3U, descriptor - 1, 0U);
  ::syscall(SYS_close_range, descriptor + 1, ~0U, 0U);
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_DATA, data_in_use() + options.memory_limit);
  // Memory that is short anyhow is taken from here first.
  std::ofstream{"/proc/self/oom_score_adj"} << 1000;
  // A server that does not answer must not hold up the trace for longer than one waits for it.
  set_environment_default("DEBUGINFOD_TIMEOUT", "5");
  set_environment_default("DEBUGINFOD_MAXTIME", "45");
  guard_libraries_opens();
}

[[noreturn]] void serve(int socket, const WorkerOptions& options) {
  try {
    ModuleCache cache{options.open_modules, with_usual_directories(options.search)};
    while (const auto bytes = receive_message(socket, std::nullopt)) {
      const auto request = decode_request(*bytes);
      if (!request) break;
      OpenModule& module = cache.get(request->module, request->detail);
      if (!send_message(socket, encode(module.misfits()))) break;
      for (const CodeAddress& address : request->addresses) {
        if (!send_message(socket, encode(module.places(address)))) ::_exit(0);
      }
    }
  } catch (const std::exception&) {
    ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace

std::optional<Worker> Worker::start(const WorkerOptions& options) {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return std::nullopt;
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process == 0) {
    become_worker(sockets[1], options, parent);
    serve(sockets[1], options);
  }
  ::close(sockets[1]);
  if (process < 0) {
    ::close(sockets[0]);
    return std::nullopt;
  }
  return Worker{process, sockets[0]};
}

Worker::Worker(Worker&& other) noexcept
    : process_(std::exchange(other.process_, -1)), socket_(std::exchange(other.socket_, -1)) {}

Worker::~Worker() {
  if (process_ <= 0) return;
  ::close(socket_);
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool Worker::send(const Request& request) { return send_message(socket_, encode(request)); }

std::optional<Misfits> Worker::receive_misfits(Deadline deadline) {
  const auto bytes = receive_message(socket_, deadline);
  if (!bytes) return std::nullopt;
  return decode_misfits(*bytes);
}

std::optional<Answer> Worker::receive(Deadline deadline) {
  const auto bytes = receive_message(socket_, deadline);
  if (!bytes) return std::nullopt;
  return decode_answer(*bytes);
}

}  // namespace dblog::symbols
