// What makes the library a preloadable one: installs the handlers before main(), as the environment
// says, and takes itself out of the environment, so that what the program starts is as without it.
// Runs in programs that know nothing of dblog: it throws nothing, prints nothing that the program
// would not have printed when `dblog run` has started it, and uses the program's names nowhere.
#include <dlfcn.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <charconv>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include "dblog/handlers.hpp"
#include "handlers/interpose/exec_watch.hpp"
#include "handlers/signals/program_action.hpp"
#include "src/api/go_runtime.hpp"
#include "src/api/stderr_line.hpp"
#include "src/base/secure_execution.hpp"
#include "src/preload/environment_edit.hpp"
#include "src/run/preload_variables.hpp"

namespace dblog::preload {
namespace {

// This library's SQLite is a copy beside the program's own, if it has one: POSIX locks do not
// exclude the two, locks of open file descriptions do (fcntl(2)).
int lock_by_description(int descriptor, int command, ...) {
  std::va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (command != F_SETLK && command != F_GETLK) return ::fcntl(descriptor, command, argument);
  static_cast<struct flock*>(argument)->l_pid = 0;
  return ::fcntl(descriptor, command == F_SETLK ? F_OFD_SETLK : F_OFD_GETLK, argument);
}

void use_locks_of_descriptions() noexcept {
  sqlite3_vfs* const system = ::sqlite3_vfs_find("unix");
  if (system == nullptr) return;
  system->xSetSystemCall(system, "fcntl",
                         reinterpret_cast<sqlite3_syscall_ptr>(lock_by_description));
}

std::string value_of(const char* name) {
  const char* const value = ::secure_getenv(name);
  return value != nullptr ? value : "";
}

bool is_set(const char* name) { return value_of(name) == "1"; }

// `dblog run` names the process that it waits for; what that starts is another one.
bool is_wanted_here() {
  const std::string only = value_of(run::kOnlyProcess);
  if (only.empty() || is_set(run::kChildren)) return true;
  long process = 0;
  std::from_chars(only.data(), only.data() + only.size(), process);
  return process == ::getpid();
}

HandlerOptions options_of_environment() {
  HandlerOptions options;
  options.database = value_of(run::kDatabase);
  options.env_file = value_of(run::kEnvFile);
  options.release = value_of(run::kRelease);
  options.environment = value_of(run::kEnvironment);
  options.slack = is_set(run::kSlack);
  options.email = is_set(run::kEmail);
  options.print_to_stderr = !is_set(run::kQuiet);
  return options;
}

// As LD_PRELOAD names it.
const char* own_name() noexcept {
  Dl_info file{};
  return ::dladdr(reinterpret_cast<void*>(&own_name), &file) != 0 ? file.dli_fname : nullptr;
}

// For a program that this process becomes by exec(): it is still the one that is waited for. Never
// destroyed: exec() may come late.
void keep_for_exec(const char* library) {
  static auto& kept = *new crash::KeptAtExec;
  static auto& texts = *new std::string;
  for (const char* name : run::kVariables) {
    const char* const value = ::secure_getenv(name);
    if (value != nullptr) texts.append(name).append("=").append(value).push_back('\0');
  }
  kept.process = ::getpid();
  kept.library = ::strdup(library);
  for (const char* text = texts.c_str(); text < texts.c_str() + texts.size();
       text += std::strlen(text) + 1) {
    if (kept.count < std::size(kept.variables)) kept.variables[kept.count++] = text;
  }
  crash::keep_at_exec(&kept);
}

void start(const char* library) {
  const HandlerOptions options = options_of_environment();
  const bool is_wanted = is_wanted_here();
  // `dblog run` has said what is wrong with the database, and knows by itself how the program ends.
  if (!value_of(run::kOnlyProcess).empty()) api::silence_warnings();
  if (!is_set(run::kChildren)) {
    if (is_wanted) keep_for_exec(library);
    for (const char* name : run::kVariables) remove_variable(name);
    remove_from_list(run::kLoaderVariable, library);
  }
  if (!is_wanted) return;
  use_locks_of_descriptions();
  // Go hands a fault in C to the handler that it found, and ends by itself where it found none.
  if (!api::has_go_runtime()) crash::keep_default_actions_visible();
  install_handlers(options);
}

[[gnu::constructor]] void begin() noexcept try {
  const char* const library = own_name();
  if (library != nullptr && !base::is_secure_execution()) start(library);
} catch (const std::exception&) {
  // Without memory for it the program goes on as without dblog.
}

}  // namespace
}  // namespace dblog::preload
