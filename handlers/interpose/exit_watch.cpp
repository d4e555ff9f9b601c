// Context: crash time: async-signal-safe as the originals are, and usable in a child of vfork(),
// where the box is the parent's and stays.
#include "handlers/interpose/exit_watch.hpp"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "src/process/interposition.hpp"

#ifdef DBLOG_SANITIZED  // the sanitizers interpose it themselves
namespace dblog::crash {
const char* exit_of_others() noexcept { return "_exit"; }
void watch_exits(void (*)() noexcept) noexcept {}
}  // namespace dblog::crash
#else

namespace dblog::crash {
namespace {

constinit std::atomic<void (*)() noexcept> at_own_end_hook{nullptr};

// Before main() and before any other thread: dlsym() takes locks. Another library's may follow.
void (*real_exit)(int) = nullptr;
[[gnu::constructor(101)]] void find_real_exit() noexcept {
  if (!process::is_static_program()) {
    real_exit = reinterpret_cast<void (*)(int)>(::dlsym(RTLD_NEXT, "_exit"));
  }
}

}  // namespace
}  // namespace dblog::crash

extern "C" {

__attribute__((visibility("default"), noreturn)) void _exit(int status) {
  if (auto* const hook = dblog::crash::at_own_end_hook.load()) hook();
  if (dblog::crash::real_exit != nullptr) dblog::crash::real_exit(status);
  for (;;) ::syscall(SYS_exit_group, status);
}

__attribute__((alias("_exit"), visibility("default"), noreturn)) void _Exit(int) noexcept;
}

namespace dblog::crash {

void watch_exits(void (*at_own_end)() noexcept) noexcept { at_own_end_hook.store(at_own_end); }

const char* exit_of_others() noexcept { return process::first_of_others({"_exit", "_Exit"}); }

}  // namespace dblog::crash
#endif
