// A program that crashes in a bad state of the heap, the loader, the stack or the system, as its
// first argument says.
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <dblog/dblog.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/crash/bad_states.hpp"

namespace dblog::test {

volatile int* volatile null_pointer = nullptr;

void write_to_null() { *null_pointer = 1; }

}  // namespace dblog::test

namespace {

using dblog::test::write_to_null;

volatile int sink = 0;

[[gnu::noinline]] void overflow_the_stack(int depth) {
  volatile char room[1024];
  room[0] = static_cast<char>(depth);
  if (depth < 1'000'000'000) overflow_the_stack(depth + 1);
  sink = room[0];
}

// glibc follows the `bk` pointer of a chunk in the unsorted list with the arena locked.
void fault_inside_malloc() {
  constexpr std::size_t kSize = 100'000;
  void* volatile fence = std::malloc(kSize);
  auto* volatile block = static_cast<void* volatile*>(std::malloc(kSize));
  fence = std::malloc(kSize);
  std::free(const_cast<void**>(block));
  block[1] = reinterpret_cast<void*>(std::uintptr_t{0x10});
  fence = std::malloc(kSize + 5'000);
  std::free(fence);
}

void smash_the_heap() {
  auto* volatile block = static_cast<unsigned char*>(std::malloc(100));
  for (int i = -4096; i < 65536; ++i) block[i] = 0xEE;
  write_to_null();
}

std::atomic<bool> is_parked{false};
std::atomic<bool> may_go_on{false};
void park(int) {
  is_parked = true;
  while (!may_go_on) {
  }
  is_parked = false;
}

// A thread that allocates when it is asked to. It is there beforehand: starting one allocates.
class Allocator {
 public:
  Allocator() {
    std::thread{[this] {
      for (int done = 0;;) {
        if (wanted_ == done) continue;
        std::free(std::malloc(5'000'000));
        malloc_trim(0);
        done_ = ++done;
      }
    }}.detach();
  }
  bool can_allocate_in_time() {
    const int number = ++wanted_;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{50};
    while (done_ != number && std::chrono::steady_clock::now() < end) {
    }
    return done_ == number;
  }

 private:
  std::atomic<int> wanted_{0};
  std::atomic<int> done_{0};
};

// Stops a thread again and again until it stands where it holds the arena.
void crash_while_a_stopped_thread_holds_the_arena() {
  mallopt(M_ARENA_MAX, 1);
  std::signal(SIGUSR1, park);
  static Allocator allocator;
  std::thread busy{[] {
    for (;;) malloc_trim(0);
  }};
  const pthread_t target = busy.native_handle();
  busy.detach();
  for (;;) {
    may_go_on = false;
    pthread_kill(target, SIGUSR1);
    while (!is_parked) {
    }
    if (!allocator.can_allocate_in_time()) break;
    may_go_on = true;
    while (is_parked) {
    }
  }
  write_to_null();
}

int crash_in_callback(dl_phdr_info*, std::size_t, void*) {
  write_to_null();
  return 1;
}
int park_in_callback(dl_phdr_info*, std::size_t, void*) {
  is_parked = true;
  for (;;) pause();
}
void crash_while_a_stopped_thread_holds_the_loader() {
  std::thread{[] { dl_iterate_phdr(park_in_callback, nullptr); }}.detach();
  while (!is_parked) {
  }
  write_to_null();
}

void set_limit(__rlimit_resource resource, rlim_t limit) {
  const rlimit both{limit, limit};
  if (setrlimit(resource, &both) != 0) _exit(93);
}
void use_up_descriptors() {
  set_limit(RLIMIT_NOFILE, 64);
  while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
  }
}
void use_up_memory() {
  set_limit(RLIMIT_AS, 512UL * 1024 * 1024);
  for (std::size_t size = 64 * 1024 * 1024; size >= 16;) {
    void* volatile block = std::malloc(size);  // or Clang leaves malloc() out
    if (block == nullptr) size /= 2;
  }
}
// Each row takes three pages of the room that is kept for a crash.
void use_up_the_log() {
  dblog::EventLogger events{"t"};
  for (int i = 0; i < 40; ++i) events.push_to_table("x");
}

void forbid_processes() { set_limit(RLIMIT_NPROC, 0); }
void forbid_timers() { set_limit(RLIMIT_SIGPENDING, 0); }
void forbid_files() { set_limit(RLIMIT_FSIZE, 0); }

void crash_in_a_handler(int flags) {
  struct sigaction action {};
  action.sa_handler = [](int) { write_to_null(); };
  action.sa_flags = flags;
  sigaction(SIGUSR1, &action, nullptr);
  raise(SIGUSR1);
}

// In memory that holds no code: it may be read, not run.
void jump_to_data() {
  static unsigned char data[64];
  void (*volatile target)() = nullptr;
  void* address = data;
  std::memcpy(const_cast<void (**)()>(&target), &address, sizeof address);
  target();
  sink = sink + 1;
}

[[gnu::noinline]] void overwrite_return_addresses(unsigned char byte) {
  auto* volatile frame = static_cast<unsigned char*>(__builtin_frame_address(0));
  for (int i = 0; i < 1'024; ++i) frame[i] = byte;
  write_to_null();
}

void in_thread_with_stack(std::size_t size, void* (*routine)(void*)) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, size);
  pthread_t thread{};
  if (pthread_create(&thread, &attributes, routine, nullptr) != 0) _exit(92);
  pthread_join(thread, nullptr);
}

void overflow_a_fiber() {
  constexpr std::size_t kPage = 4'096;
  constexpr std::size_t kSize = 16 * kPage;
  auto* stack = static_cast<char*>(
      mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mprotect(stack, kPage, PROT_NONE);
  static ucontext_t fiber;
  static ucontext_t before;
  getcontext(&fiber);
  fiber.uc_stack.ss_sp = stack;
  fiber.uc_stack.ss_size = kSize;
  fiber.uc_link = &before;
  makecontext(&fiber, reinterpret_cast<void (*)()>(+[] { overflow_the_stack(0); }), 0);
  swapcontext(&before, &fiber);
}

// A thread that the C library starts by itself: it has no alternate stack, but a crash that leaves
// room on its own is recorded.
void crash_in_a_timers_thread() {
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = [](sigval) { write_to_null(); };
  timer_t timer{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) _exit(91);
  itimerspec at_once{};
  at_once.it_value.tv_nsec = 1;
  timer_settime(timer, 0, &at_once, nullptr);
  for (;;) pause();
}

void be_killed_by_another_process() {
  const pid_t parent = getpid();
  if (fork() == 0) {
    kill(parent, SIGSEGV);
    _exit(0);
  }
  for (;;) pause();
}

void fork_while_a_thread_logs() {
  std::atomic<bool> is_done{false};
  std::thread logging{[&] {
    dblog::EventLogger logger{"by_parent"};
    while (!is_done) logger.push_to_table("x");
  }};
  for (int i = 0; i < 10; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      dblog::EventLogger logger{"by_children"};
      if (!logger.push_to_table("x")) _exit(90);
      write_to_null();
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV) _exit(89);
  }
  is_done = true;
  logging.join();
  write_to_null();
}

void crash_after_a_vfork_child_has() {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  const pid_t child = vfork();
#pragma GCC diagnostic pop
  if (child == 0) write_to_null();
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV) _exit(88);
  write_to_null();
}

// As daemons do; the first process stays here, to tell how the last one died.
void crash_as_a_daemon_that_forked_twice() {
  int ends[2];
  if (pipe(ends) != 0) _exit(87);
  if (fork() == 0) {
    setsid();
    if (fork() != 0) std::exit(0);
    close(ends[0]);
    write_to_null();
  }
  close(ends[1]);
  char byte = 0;
  while (read(ends[0], &byte, 1) > 0) {
  }
  std::exit(0);
}

struct sigaction dblogs_action;
void install_handler_above(bool chains) {
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  action.sa_sigaction = [](int signal, siginfo_t*, void*) {
    std::signal(signal, SIG_DFL);
    raise(signal);
  };
  if (chains) {
    action.sa_sigaction = [](int signal, siginfo_t* info, void* context) {
      dblogs_action.sa_sigaction(signal, info, context);
    };
  }
  sigaction(SIGSEGV, &action, &dblogs_action);
}

void cut_the_box_off() {
  for (const std::string& name : dblog::test::boxes_here()) {
    if (truncate(name.c_str(), 0) != 0) _exit(86);
  }
}

const std::map<std::string, std::function<void()>> kStates = {
    {"fault-inside-malloc", fault_inside_malloc},
    {"smashed-heap", smash_the_heap},
    {"arena-of-stopped-thread", crash_while_a_stopped_thread_holds_the_arena},
    {"loader-locked", [] { dl_iterate_phdr(crash_in_callback, nullptr); }},
    {"loader-of-stopped-thread", crash_while_a_stopped_thread_holds_the_loader},
    {"no-descriptors", [] { use_up_descriptors(), write_to_null(); }},
    {"no-memory", [] { use_up_memory(), write_to_null(); }},
    {"bad-alloc", [] { use_up_memory(), throw std::bad_alloc{}; }},
    {"no-processes", [] { forbid_processes(), write_to_null(); }},
    {"no-timers", [] { forbid_timers(), write_to_null(); }},
    {"no-files", [] { forbid_files(), write_to_null(); }},
    {"atexit", [] { std::atexit(write_to_null), std::exit(0); }},
    {"in-handler", [] { crash_in_a_handler(0); }},
    {"in-handler-on-stack", [] { crash_in_a_handler(SA_ONSTACK); }},
    {"jump-to-data", jump_to_data},
    {"return-addresses-A", [] { overwrite_return_addresses('A'); }},
    {"return-addresses-0", [] { overwrite_return_addresses(0); }},
    {"small-stack-overflow",
     [] {
       in_thread_with_stack(64 * 1024,
                            [](void*) -> void* { return overflow_the_stack(0), nullptr; });
     }},
    {"small-stack-crash",
     [] {
       in_thread_with_stack(64 * 1024, [](void*) -> void* { return write_to_null(), nullptr; });
     }},
    {"fiber-overflow", overflow_a_fiber},
    {"timer-thread", crash_in_a_timers_thread},
    {"thrd-overflow",
     [] { dblog::test::run_in_c11_thread([](void*) { return overflow_the_stack(0), 0; }); }},
    {"killed-by-other", be_killed_by_another_process},
    {"fork-while-logging", fork_while_a_thread_logs},
    {"vfork", crash_after_a_vfork_child_has},
    {"double-fork", crash_as_a_daemon_that_forked_twice},
    {"handler-above", [] { install_handler_above(false), write_to_null(); }},
    {"chaining-handler-above", [] { install_handler_above(true), write_to_null(); }},
    {"cut-box-push",
     [] {
       cut_the_box_off();
       dblog::EventLogger logger{"events"};
       std::exit(logger.push_to_table("x") ? 0 : 85);
     }},
    {"cut-box-breadcrumb",
     [] {
       cut_the_box_off();
       dblog::breadcrumb("about to crash");
       write_to_null();
     }},
    {"cut-box-crash", [] { cut_the_box_off(), write_to_null(); }},
    {"seccomp-errno", [] { dblog::test::forbid_calls_with_error(), write_to_null(); }},
    {"seccomp-trap", [] { dblog::test::forbid_calls_with_signal(), write_to_null(); }},
    {"slow-disk", [] { dblog::test::make_disk_slow(), write_to_null(); }},
    {"full-disk", [] { dblog::test::fill_the_disk(), write_to_null(); }},
    {"full-disk-and-log", [] { use_up_the_log(), dblog::test::fill_the_disk(), write_to_null(); }},
    {"plug-in-constructor", [] { dblog::test::load_crashing_plugin(); }},
    {"short-threads", [] { dblog::test::run_short_threads(); }},
    {"sigpipe", [] { raise(SIGPIPE); }},
    {"sigalrm", [] { raise(SIGALRM); }},
};

// Crashes before main() does.
struct StaticInitializer {
  StaticInitializer() {
    if (std::getenv("CRASH_BEFORE_MAIN") == nullptr) return;
    dblog::install_handlers({.sync_to_disk = false});
    write_to_null();
  }
} static_initializer;

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const std::string state = argv[1];
  const std::chrono::milliseconds deadline{state == "slow-disk" ? 200 : 5'000};
  dblog::install_handlers({.sync_to_disk = state == "slow-disk", .deadline = deadline});
  kStates.at(state)();
  return 0;
}
