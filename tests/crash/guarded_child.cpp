// crash_child under guard: it dies in the same ways (crash_child.cpp is linked), and says on stdout
// what dblog's handlers did in between: which functions they called that may allocate or lock
// ("trap: malloc"), and how much of the stack they used ("stack: 12345").
//
// The functions are interposed: this program's definitions come before the C library's, and dblog
// is linked statically, so that its calls come here too. Calls that the C library makes inside
// itself do not; those are what allowed_symbols.txt is for.
//
// The guard stands between the kernel and dblog's handlers: after install_handlers() it puts its
// own in front. It counts nothing once a crash is chained.
#include "tests/crash/guarded_child.hpp"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

namespace {

constexpr int kCrashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
constexpr unsigned char kPaint = 0xA5;
constexpr std::size_t kPainted = 128 * 1024;  // of a thread's own stack, for std::terminate

std::atomic<int> guarded_thread{0};  // the one that is inside of dblog's handler
struct sigaction dblogs_actions[NSIG];
std::terminate_handler dblogs_terminate = nullptr;

// The lowest address of painted stack, and where the handler's part of it begins.
const unsigned char* painted_from = nullptr;
const unsigned char* stack_top = nullptr;

void say(const char* what, const char* text) {
  char line[128];
  const int size = std::snprintf(line, sizeof line, "%s: %s\n", what, text);
  if (write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) _exit(96);
}

void say_stack_use() {
  const unsigned char* at = painted_from;
  while (at < stack_top && *at == kPaint) ++at;
  char number[32];
  std::snprintf(number, sizeof number, "%td", stack_top - at);
  say("stack", number);
}

// The handlers that dblog chains to, and those that stand before it.
void stop_guarding() {
  if (guarded_thread.exchange(0) == 0) return;
  say_stack_use();
}

void on_handed_on(int signal, siginfo_t*, void*) {
  stop_guarding();
  raise(signal);
}

[[noreturn]] void on_handed_on_terminate() {
  stop_guarding();
  std::abort();
}

void on_crash(int signal, siginfo_t* info, void* context) {
  const bool is_first = guarded_thread.load() == 0;
  if (is_first) {
    stack_t stack{};
    sigaltstack(nullptr, &stack);
    painted_from = static_cast<unsigned char*>(stack.ss_sp);
    stack_top = static_cast<unsigned char*>(__builtin_frame_address(0));
    if (stack_top < painted_from || stack_top >= painted_from + stack.ss_size) {
      say("stack", "not the alternate one");
    }
    guarded_thread = gettid();
  }
  dblogs_actions[signal].sa_sigaction(signal, info, context);
}

[[gnu::noinline]] void paint_below() {
  volatile unsigned char room[kPainted];
  for (volatile unsigned char& byte : room) byte = kPaint;
}

[[noreturn]] void on_terminate() {
  if (guarded_thread.load() == 0) {
    paint_below();
    stack_top = static_cast<unsigned char*>(__builtin_frame_address(0));
    painted_from = stack_top - kPainted;
    guarded_thread = gettid();
  }
  dblogs_terminate();
  std::abort();
}

void note(const char* function) {
  const int thread = guarded_thread.load(std::memory_order_relaxed);
  if (thread == 0 || thread != gettid()) return;
  guarded_thread = 0;  // once is enough, and what says so must not be caught
  say("trap", function);
  guarded_thread = thread;
}

template <typename Function>
Function real(Function, const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

namespace dblog::test {

void guard_before_install() {
  struct sigaction action {};
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_RESETHAND);
  action.sa_sigaction = on_handed_on;
  for (const int signal : kCrashes) sigaction(signal, &action, nullptr);
  std::set_terminate(on_handed_on_terminate);
}

void guard_after_install() {
  for (const int signal : kCrashes) {
    sigaction(signal, nullptr, &dblogs_actions[signal]);
    struct sigaction action = dblogs_actions[signal];
    action.sa_sigaction = on_crash;
    sigaction(signal, &action, nullptr);
  }
  dblogs_terminate = std::set_terminate(on_terminate);
}

void paint_signal_stack() {
  stack_t stack{};
  if (sigaltstack(nullptr, &stack) != 0 || (stack.ss_flags & SS_DISABLE) != 0) _exit(95);
  std::memset(stack.ss_sp, kPaint, stack.ss_size);
}

}  // namespace dblog::test

// glibc's own names for its allocator: dlsym() itself allocates.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t size) noexcept {
  note("malloc");
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  note("calloc");
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
  note("realloc");
  return __libc_realloc(memory, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  note("memalign");
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  note("aligned_alloc");
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  note("posix_memalign");
  *memory = __libc_memalign(alignment, size);
  return 0;
}
void free(void* memory) noexcept {
  if (memory != nullptr) note("free");
  __libc_free(memory);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  note("pthread_mutex_lock");
  static const auto next = real(&pthread_mutex_lock, "pthread_mutex_lock");
  return next(mutex);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  note("pthread_rwlock_rdlock");
  static const auto next = real(&pthread_rwlock_rdlock, "pthread_rwlock_rdlock");
  return next(lock);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  note("pthread_rwlock_wrlock");
  static const auto next = real(&pthread_rwlock_wrlock, "pthread_rwlock_wrlock");
  return next(lock);
}
int pthread_once(pthread_once_t* control, void (*routine)()) {
  note("pthread_once");
  static const auto next = real(&pthread_once, "pthread_once");
  return next(control, routine);
}
int dl_iterate_phdr(int (*callback)(dl_phdr_info*, std::size_t, void*), void* data) {
  note("dl_iterate_phdr");
  static const auto next = real(&dl_iterate_phdr, "dl_iterate_phdr");
  return next(callback, data);
}
int vfprintf(FILE* file, const char* format, std::va_list arguments) {
  note("vfprintf");
  static const auto next = real(&vfprintf, "vfprintf");
  return next(file, format, arguments);
}
std::size_t fwrite(const void* data, std::size_t size, std::size_t count, FILE* file) {
  note("fwrite");
  static const auto next = real(&fwrite, "fwrite");
  return next(data, size, count, file);
}
FILE* fopen(const char* path, const char* mode) {
  note("fopen");
  static const auto next = real(&fopen, "fopen");
  return next(path, mode);
}
int fputs(const char* text, FILE* file) {
  note("fputs");
  static const auto next = real(&fputs, "fputs");
  return next(text, file);
}
int fflush(FILE* file) {
  note("fflush");
  static const auto next = real(&fflush, "fflush");
  return next(file);
}
}
