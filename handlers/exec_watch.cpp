// The exec family, as POSIX and glibc 2.36 declare it. Each marks the black box, calls the C
// library's function, and takes the mark back if that returns.
// Context: crash time. Async-signal-safe as the originals are, and usable in a child of vfork(),
// where the box is the parent's and stays unmarked.
#include "handlers/exec_watch.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdarg>
#include <cstddef>

#include "handlers/black_box.hpp"

namespace dblog::crash {
namespace {

using PathFunction = int (*)(const char*, char* const*);
using PathEnvironmentFunction = int (*)(const char*, char* const*, char* const*);
using DescriptorFunction = int (*)(int, char* const*, char* const*);
using AtFunction = int (*)(int, const char*, char* const*, char* const*, int);

PathFunction real_execv = nullptr;
PathFunction real_execvp = nullptr;
PathEnvironmentFunction real_execve = nullptr;
PathEnvironmentFunction real_execvpe = nullptr;
DescriptorFunction real_fexecve = nullptr;
AtFunction real_execveat = nullptr;

template <typename Function>
void find(Function& function, const char* name) noexcept {
  function = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// Before main() and before any other thread: dlsym() takes locks, exec functions must not.
[[gnu::constructor(101)]] void find_real_functions() noexcept {
  find(real_execv, "execv");
  find(real_execvp, "execvp");
  find(real_execve, "execve");
  find(real_execvpe, "execvpe");
  find(real_fexecve, "fexecve");
  find(real_execveat, "execveat");
}

template <typename Function, typename... Arguments>
int replace_program(Function function, Arguments... arguments) noexcept {
  if (function == nullptr) find_real_functions();
  mark_black_box_replaced(true);
  const int result = function(arguments...);
  mark_black_box_replaced(false);
  return result;
}

// The arguments of execl() and its kin, their null pointer included. By reference: what has been
// taken stays taken.
std::size_t count_arguments(std::va_list& arguments) noexcept {
  std::size_t count = 2;
  while (va_arg(arguments, char*) != nullptr) ++count;
  return count;
}

void take_arguments(const char* first, std::va_list& arguments, char** list) noexcept {
  *list++ = const_cast<char*>(first);
  while ((*list++ = va_arg(arguments, char*)) != nullptr) {
  }
}

}  // namespace

void watch_exec() noexcept {
  if (real_execve == nullptr) find_real_functions();
}

}  // namespace dblog::crash

namespace crash = dblog::crash;

#pragma GCC visibility push(default)
extern "C" {

int execv(const char* path, char* const arguments[]) noexcept {
  return crash::replace_program(crash::real_execv, path, arguments);
}

int execvp(const char* file, char* const arguments[]) noexcept {
  return crash::replace_program(crash::real_execvp, file, arguments);
}

int execve(const char* path, char* const arguments[], char* const environment[]) noexcept {
  return crash::replace_program(crash::real_execve, path, arguments, environment);
}

int execvpe(const char* file, char* const arguments[], char* const environment[]) noexcept {
  return crash::replace_program(crash::real_execvpe, file, arguments, environment);
}

int fexecve(int descriptor, char* const arguments[], char* const environment[]) noexcept {
  return crash::replace_program(crash::real_fexecve, descriptor, arguments, environment);
}

int execveat(int directory, const char* path, char* const arguments[], char* const environment[],
             int flags) noexcept {
  return crash::replace_program(crash::real_execveat, directory, path, arguments, environment,
                                flags);
}

int execl(const char* path, const char* first, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, first);
  const std::size_t count = crash::count_arguments(arguments);
  va_end(arguments);
  auto** list = static_cast<char**>(__builtin_alloca(count * sizeof(char*)));
  va_start(arguments, first);
  crash::take_arguments(first, arguments, list);
  va_end(arguments);
  return crash::replace_program(crash::real_execv, path, static_cast<char* const*>(list));
}

int execlp(const char* file, const char* first, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, first);
  const std::size_t count = crash::count_arguments(arguments);
  va_end(arguments);
  auto** list = static_cast<char**>(__builtin_alloca(count * sizeof(char*)));
  va_start(arguments, first);
  crash::take_arguments(first, arguments, list);
  va_end(arguments);
  return crash::replace_program(crash::real_execvp, file, static_cast<char* const*>(list));
}

int execle(const char* path, const char* first, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, first);
  const std::size_t count = crash::count_arguments(arguments);
  va_end(arguments);
  auto** list = static_cast<char**>(__builtin_alloca(count * sizeof(char*)));
  va_start(arguments, first);
  crash::take_arguments(first, arguments, list);
  char* const* environment = va_arg(arguments, char* const*);
  va_end(arguments);
  return crash::replace_program(crash::real_execve, path, static_cast<char* const*>(list),
                                environment);
}

}  // extern "C"
#pragma GCC visibility pop
