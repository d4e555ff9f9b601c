// The exec family and daemon(), as POSIX and glibc 2.36 declare it. Each marks the black box, calls
// the C library's function, and takes the mark back if that returns. Context: crash time.
// Async-signal-safe as the originals are, and usable in a child of vfork(), where the box is the
// parent's and stays unmarked.
#include "handlers/interpose/exec_watch.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstddef>
#include <cstring>

#include "handlers/record/black_box.hpp"
#include "src/process/interposition.hpp"

extern "C" {
// The C library's own names, there only in a program that is linked with -static.
[[gnu::weak]] int __execve(const char*, char* const*, char* const*) noexcept;
[[gnu::weak]] int __execvpe(const char*, char* const*, char* const*) noexcept;
}

namespace dblog::crash {
namespace {

// Makes the linker take the two along in such a program: posix_spawn() needs them.
[[gnu::used]] const auto spawn_function = &::posix_spawn;

using ExecFunction = int (*)(const char*, char* const*, char* const*);
ExecFunction real_execve = nullptr;
ExecFunction real_execvpe = nullptr;

ExecFunction find(const char* name, ExecFunction in_static_program) noexcept {
  if (in_static_program != nullptr) return in_static_program;
  return reinterpret_cast<ExecFunction>(::dlsym(RTLD_NEXT, name));
}

// Before main() and before any other thread: dlsym() takes locks, exec functions must not.
[[gnu::constructor(101)]] void find_real_functions() noexcept {
  real_execve = find("execve", __execve);
  real_execvpe = find("execvpe", __execvpe);
}

std::atomic<const KeptAtExec*> kept_at_exec{nullptr};

constexpr char kPreload[] = "LD_PRELOAD=";
constexpr std::size_t kPreloadSize = sizeof kPreload - 1;

bool is_preload(const char* variable) noexcept {
  return std::strncmp(variable, kPreload, kPreloadSize) == 0;
}

// The program's environment with what is kept, in memory of the caller's stack.
class ExecEnvironment {
 public:
  explicit ExecEnvironment(char* const* given) noexcept : given_(given) {
    kept_ = given != nullptr ? kept_at_exec.load(std::memory_order_relaxed) : nullptr;
    if (kept_ != nullptr && kept_->process != ::getpid()) kept_ = nullptr;
    if (kept_ == nullptr) return;
    for (; given[count_] != nullptr; ++count_) {
      if (is_preload(given[count_])) others_ = given[count_] + kPreloadSize;
    }
    // The stack may be a small thread's, or one for signals: what is kept is lost then.
    constexpr std::size_t kMostOfStack = 8 * 1024;
    if (text_size() + list_size() > kMostOfStack) kept_ = nullptr;
  }

  [[nodiscard]] bool is_changed() const noexcept { return kept_ != nullptr; }
  [[nodiscard]] std::size_t text_size() const noexcept {
    const std::size_t others = others_ != nullptr ? 1 + std::strlen(others_) : 0;
    return kPreloadSize + std::strlen(kept_->library) + others + 1;
  }
  [[nodiscard]] std::size_t list_size() const noexcept {
    return (count_ + KeptAtExec::kMost + 2) * sizeof(char*);
  }

  char* const* make(char* text, char** list) const noexcept {
    char* end = ::stpcpy(::stpcpy(text, kPreload), kept_->library);
    if (others_ != nullptr) ::stpcpy(::stpcpy(end, ":"), others_);
    char** next = list;
    for (std::size_t i = 0; i < count_; ++i) {
      if (!is_preload(given_[i])) *next++ = given_[i];
    }
    *next++ = text;
    for (std::size_t i = 0; i < kept_->count; ++i) *next++ = const_cast<char*>(kept_->variables[i]);
    *next = nullptr;
    return list;
  }

 private:
  char* const* given_;
  const KeptAtExec* kept_;
  const char* others_ = nullptr;  // null: the variable is not set
  std::size_t count_ = 0;
};

// `call(environment)` comes back only if it fails.
template <typename Call>
int replace_with(char* const* given, const Call& call) noexcept {
  const ExecEnvironment changed{given};
  char* const* environment = given;
  if (changed.is_changed()) {
    environment = changed.make(static_cast<char*>(__builtin_alloca(changed.text_size())),
                               static_cast<char**>(__builtin_alloca(changed.list_size())));
  }
  mark_black_box_ended(true, schema::ProcessEnd::exec);
  const int result = call(environment);
  mark_black_box_ended(false, schema::ProcessEnd::exec);
  return result;
}

int replace_program(const ExecFunction& real, const char* program, char* const* arguments,
                    char* const* given) noexcept {
  if (real == nullptr) find_real_functions();
  return replace_with(
      given, [&](char* const* environment) { return real(program, arguments, environment); });
}

int replace_program_at(int directory, const char* path, char* const* arguments, char* const* given,
                       int flags) noexcept {
  return replace_with(given, [&](char* const* environment) {
    return static_cast<int>(
        ::syscall(SYS_execveat, directory, path, arguments, environment, flags));
  });
}

int become_daemon(bool keep_directory, bool keep_streams) noexcept {
  const pid_t child = ::fork();
  if (child < 0) return -1;
  if (child > 0) ::_exit(0);
  if (::setsid() < 0) return -1;
  if (!keep_directory) (void)!::chdir("/");
  if (keep_streams) return 0;
  const int nothing = ::open("/dev/null", O_RDWR);
  if (nothing < 0) return 0;
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) ::dup2(nothing, stream);
  if (nothing > STDERR_FILENO) ::close(nothing);
  return 0;
}

// execl() and its kin: the arguments as a list, with their null pointer. An environment stands
// behind them in `arguments`.
int replace_with_list(const ExecFunction& real, const char* program, const char* first,
                      std::va_list& arguments, bool has_environment) noexcept {
  std::va_list counted;
  va_copy(counted, arguments);
  std::size_t count = 2;
  while (va_arg(counted, char*) != nullptr) ++count;
  va_end(counted);
  auto** const list = static_cast<char**>(__builtin_alloca(count * sizeof(char*)));
  char** next = list;
  *next++ = const_cast<char*>(first);
  while ((*next++ = va_arg(arguments, char*)) != nullptr) {
  }
  char* const* environment = has_environment ? va_arg(arguments, char* const*) : environ;
  return replace_program(real, program, list, environment);
}

}  // namespace

}  // namespace dblog::crash

namespace crash = dblog::crash;

#pragma GCC visibility push(default)
extern "C" {

int execve(const char* path, char* const arguments[], char* const environment[]) noexcept {
  return crash::replace_program(crash::real_execve, path, arguments, environment);
}

int execv(const char* path, char* const arguments[]) noexcept {
  return crash::replace_program(crash::real_execve, path, arguments, environ);
}

int execvpe(const char* file, char* const arguments[], char* const environment[]) noexcept {
  return crash::replace_program(crash::real_execvpe, file, arguments, environment);
}

int execvp(const char* file, char* const arguments[]) noexcept {
  return crash::replace_program(crash::real_execvpe, file, arguments, environ);
}

int execveat(int directory, const char* path, char* const arguments[], char* const environment[],
             int flags) noexcept {
  return crash::replace_program_at(directory, path, arguments, environment, flags);
}

int fexecve(int descriptor, char* const arguments[], char* const environment[]) noexcept {
  return crash::replace_program_at(descriptor, "", arguments, environment, AT_EMPTY_PATH);
}

// As daemon(3) is documented. The parent's _exit() is no death, and the child is the program.
int daemon(int keep_directory, int keep_streams) noexcept {
  static crash::ProcessFacts facts;
  const crash::BlackBox* box = crash::black_box();
  if (box != nullptr) facts = box->identity.facts;
  crash::close_black_box();
  const int result = crash::become_daemon(keep_directory != 0, keep_streams != 0);
  if (box != nullptr) crash::open_black_box(facts);
  return result;
}

int execl(const char* path, const char* first, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, first);
  const int result = crash::replace_with_list(crash::real_execve, path, first, arguments, false);
  va_end(arguments);
  return result;
}

int execlp(const char* file, const char* first, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, first);
  const int result = crash::replace_with_list(crash::real_execvpe, file, first, arguments, false);
  va_end(arguments);
  return result;
}

int execle(const char* path, const char* first, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, first);
  const int result = crash::replace_with_list(crash::real_execve, path, first, arguments, true);
  va_end(arguments);
  return result;
}

}  // extern "C"
#pragma GCC visibility pop

namespace dblog::crash {

void keep_at_exec(const KeptAtExec* kept) noexcept { kept_at_exec.store(kept); }

const char* exec_of_others() noexcept {
  if (real_execve == nullptr) find_real_functions();
  return process::first_of_others({"execve", "execv", "execvpe", "execvp", "execveat", "fexecve",
                                   "execl", "execlp", "execle", "daemon"});
}

}  // namespace dblog::crash
