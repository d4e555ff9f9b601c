// Context: setup.
#include "handlers/interpose/thread_signal_stack.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>

#include "src/base/prefault.hpp"
#include "src/process/interposition.hpp"

extern "C" {
// The C library's own name, there only in a program that is linked with -static.
[[gnu::weak]] int __pthread_create_2_1(pthread_t*, const pthread_attr_t*, void* (*)(void*),
                                       void*) noexcept;
}

namespace dblog::crash {
namespace {

// Makes the linker take it along in such a program: glibc's timer_create() needs it.
[[gnu::used]] const auto function_that_starts_threads = &::timer_create;

// The handler needs about 20 KiB (a test measures it); the kernel's own frame up to 11 KiB more on
// processors with AMX.
constexpr std::size_t kStackSize = 64 * 1024;

std::size_t guard_size() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

// Stacks of ended threads, for the next ones: programs that start a thread a request pay for
// the mapping once.
constexpr std::size_t kMaxSpare = 16;
std::atomic<void*> spare_stacks[kMaxSpare];

std::atomic<bool> gives_to_callers{false};

/// The lowest usable byte; below it is the guard. Null if there is no memory.
void* take_stack() noexcept {
  for (std::atomic<void*>& slot : spare_stacks) {
    if (slot.load(std::memory_order_relaxed) == nullptr) continue;
    if (void* stack = slot.exchange(nullptr, std::memory_order_acq_rel)) return stack;
  }
  const std::size_t guard = guard_size();
  void* memory = ::mmap(nullptr, guard + kStackSize, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  ::mprotect(memory, guard, PROT_NONE);
  return static_cast<char*>(memory) + guard;
}

void give_back(void* stack) noexcept {
  for (std::atomic<void*>& slot : spare_stacks) {
    void* expected = nullptr;
    if (slot.compare_exchange_strong(expected, stack, std::memory_order_acq_rel)) return;
  }
  const std::size_t guard = guard_size();
  ::munmap(static_cast<char*>(stack) - guard, guard + kStackSize);
}

int use_stack(void* memory) noexcept {
  stack_t stack{};
  stack.ss_sp = memory;
  stack.ss_size = kStackSize;
  return ::sigaltstack(&stack, nullptr) == 0 ? 0 : errno;
}

// At the thread's end: the stack may be used by another thread from here on.
void stop_using(void* memory) noexcept {
  stack_t present{};
  if (::sigaltstack(nullptr, &present) == 0 && present.ss_sp == memory) {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
  give_back(memory);
}

using ThreadRoutine = void* (*)(void*);
using PthreadCreate = int (*)(pthread_t*, const pthread_attr_t*, ThreadRoutine, void*);

struct Interposition {
  PthreadCreate real = nullptr;
  pthread_key_t stack_of_thread{};
  bool is_complete = false;

  Interposition() noexcept {
    real = __pthread_create_2_1 != nullptr
               ? __pthread_create_2_1
               : reinterpret_cast<PthreadCreate>(::dlsym(RTLD_NEXT, "pthread_create"));
    is_complete = real != nullptr && ::pthread_key_create(&stack_of_thread, stop_using) == 0;
  }
};

// Threads may be started by static initializers, before ours have run.
const Interposition& interposition() noexcept {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  alignas(Interposition) static unsigned char storage[sizeof(Interposition)];
  ::pthread_once(&once, [] { new (storage) Interposition; });
  return *reinterpret_cast<const Interposition*>(storage);
}

}  // namespace

int give_this_thread_a_signal_stack() noexcept {
  stack_t present{};
  if (::sigaltstack(nullptr, &present) != 0) return errno;
  if ((present.ss_flags & SS_DISABLE) == 0 && present.ss_size >= kStackSize) return 0;
  void* stack = take_stack();
  if (stack == nullptr) return ENOMEM;
  constexpr std::size_t kOfEachCrash = 16 * 1024;  // from its upper end
  base::prefault(static_cast<char*>(stack) + kStackSize - kOfEachCrash, kOfEachCrash);
  const int error = use_stack(stack);
  if (error != 0) {
    give_back(stack);
  } else if (interposition().is_complete) {
    ::pthread_setspecific(interposition().stack_of_thread, stack);
  }
  return error;
}

void give_callers_signal_stacks() noexcept {
  gives_to_callers.store(true, std::memory_order_relaxed);
}

void give_caller_a_signal_stack() noexcept {
  if (!gives_to_callers.load(std::memory_order_relaxed)) return;
  stack_t present{};
  const bool has_none =
      ::sigaltstack(nullptr, &present) == 0 && (present.ss_flags & SS_DISABLE) != 0;
  if (has_none) give_this_thread_a_signal_stack();
}

char* top_of_new_signal_stack() noexcept {
  void* const stack = take_stack();
  return stack != nullptr ? static_cast<char*>(stack) + kStackSize : nullptr;
}

}  // namespace dblog::crash

#ifdef DBLOG_SANITIZED  // the sanitizers interpose it themselves
namespace dblog::crash {
bool new_threads_get_signal_stacks() noexcept { return false; }
}  // namespace dblog::crash
#else
namespace dblog::crash {
namespace {

// Lies at the far end of the thread's alternate stack, which is not in use before the thread runs.
struct ThreadStart {
  ThreadRoutine routine;
  thrd_start_t c11_routine;  // one of the two is null
  void* argument;
  pthread_key_t stack_of_thread;
};

// A sanitizer may start the thread through us, and learn of it when `routine` runs: until then
// nothing is called that it intercepts, pthread_once() for instance.
void* run_thread(void* stack) {
  const ThreadStart start = *static_cast<const ThreadStart*>(stack);
  if (use_stack(stack) != 0 || ::pthread_setspecific(start.stack_of_thread, stack) != 0) {
    stop_using(stack);
  }
  if (start.routine != nullptr) return start.routine(start.argument);
  // Where glibc's thrd_join() looks for it, and thrd_exit() puts it.
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(start.c11_routine(start.argument)));
}

int start_thread(pthread_t* thread, const pthread_attr_t* attributes, void* stack,
                 const ThreadStart& start) noexcept {
  new (stack) ThreadStart{start};
  const int error = interposition().real(thread, attributes, run_thread, stack);
  if (error != 0) give_back(stack);
  return error;
}

}  // namespace
}  // namespace dblog::crash

extern "C" __attribute__((visibility("default"))) int pthread_create(
    pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*),
    void* argument) noexcept {
  using namespace dblog::crash;
  const Interposition& real = interposition();
  if (real.real == nullptr) return EAGAIN;
  void* stack = real.is_complete ? take_stack() : nullptr;
  if (stack == nullptr) return real.real(thread, attributes, routine, argument);
  return start_thread(thread, attributes, stack,
                      {routine, nullptr, argument, real.stack_of_thread});
}

// glibc's own starts its thread from within, past the function above.
extern "C" __attribute__((visibility("default"))) int thrd_create(thrd_t* thread,
                                                                  thrd_start_t routine,
                                                                  void* argument) {
  using namespace dblog::crash;
  const Interposition& real = interposition();
  void* stack = real.is_complete ? take_stack() : nullptr;
  if (stack == nullptr) return thrd_nomem;
  const int error =
      start_thread(thread, nullptr, stack, {nullptr, routine, argument, real.stack_of_thread});
  return error == 0 ? thrd_success : error == ENOMEM ? thrd_nomem : thrd_error;
}

namespace dblog::crash {

bool new_threads_get_signal_stacks() noexcept {
  return interposition().is_complete &&
         process::first_of_others({"pthread_create", "thrd_create"}) == nullptr;
}

}  // namespace dblog::crash
#endif
