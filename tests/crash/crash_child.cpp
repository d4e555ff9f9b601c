// A program that dies in the way that its first argument names. Options as further arguments:
// crash_child_options.cpp.
#include <dblog/dblog.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/crash/crash_child_options.hpp"
#include "tests/crash/guarded_child.hpp"

// Not in the unnamed namespace: the compiler would see that only one class overrides pure().
struct Base;
Base* volatile under_construction = nullptr;
struct Base {
  Base() { call_pure(); }
  virtual ~Base() = default;
  virtual void pure() = 0;
  void call_pure();
};
[[gnu::noinline]] void Base::call_pure() {
  under_construction = this;
  under_construction->pure();
  __asm__ volatile("");  // no tail call
}
struct Derived : Base {
  void pure() override {}
};

namespace {

volatile int sink = 0;

// Read at run time, so that the compiler cannot reason about it.
volatile int* volatile null_pointer = nullptr;

[[gnu::noinline]] void write_to_null() { *null_pointer = 1; }
[[gnu::noinline]] void read_from_low_address() {
  sink = *reinterpret_cast<volatile int*>(std::uintptr_t{0x10});
}
[[gnu::noinline]] void jump_to_null() {
  void (*volatile target)() = nullptr;
  target();
  sink = sink + 1;  // no tail call: the caller stays on the stack
}
[[gnu::noinline]] void divide_by_zero() {
  volatile int zero = 0;
  sink = 42 / zero;
}
[[gnu::noinline]] void overflow_the_stack(int depth) {
  volatile char room[1024];
  room[0] = static_cast<char>(depth);
  if (depth < 1'000'000'000) overflow_the_stack(depth + 1);
  sink = room[0];
}
[[gnu::noinline]] void recurse_then_crash(int depth) {
  if (depth > 0) {
    recurse_then_crash(depth - 1);
  } else {
    write_to_null();
  }
  sink = sink + 1;
}
void touch_a_truncated_file() {
  char name[] = "bus-XXXXXX";
  const int file = mkstemp(name);
  unlink(name);
  if (ftruncate(file, 4096) != 0) return;
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (ftruncate(file, 0) != 0) return;
  *static_cast<volatile char*>(page) = 1;
}
void free_twice() {
  // Larger than the per-thread cache: glibc notices.
  void* volatile block = std::malloc(5'000);
  void* volatile fence = std::malloc(16);
  std::free(block);
  std::free(block);
  std::free(fence);
}
[[gnu::noinline]] void smash_the_stack() {
  char room[8];
  std::memset(static_cast<char*>(room), 'A', static_cast<std::size_t>(sink) + 64);
  __asm__ volatile("" : : "r"(room) : "memory");
}
[[gnu::noinline]] void throw_nested() {
  try {
    throw std::out_of_range("no such key");
  } catch (...) {
    std::throw_with_nested(std::runtime_error("cannot load the configuration"));
  }
}
[[gnu::noinline]] void throw_bad_bytes() {
  throw std::runtime_error("caf\xE9 \"quoted\" 'single'");
}
struct Unprintable {
  int number;
};
[[gnu::noinline]] void throw_not_allowed() { throw std::logic_error("not allowed here"); }
void throw_in_noexcept() noexcept { throw_not_allowed(); }
struct CrashingWhat : std::exception {
  [[nodiscard]] const char* what() const noexcept override {
    write_to_null();
    return "";
  }
};
struct HangingWhat : std::exception {
  [[nodiscard]] const char* what() const noexcept override {
    for (;;) pause();
  }
};
struct AllocatingWhat : std::exception {
  [[nodiscard]] const char* what() const noexcept override {
    void* volatile block = std::malloc(16);
    std::free(block);
    return "made just now";
  }
};
struct AbortingWhat : std::exception {
  [[nodiscard]] const char* what() const noexcept override { std::abort(); }
};
void overwrite_the_unwind_path() {
  // The stack pointer itself is garbage: no frame can be read.
#if defined(__x86_64__)
  __asm__ volatile("movq $0x1000, %rsp\n\tpush %rax");
#endif
}
void fault_with_its_signal_blocked() {
  sigset_t faults;
  sigemptyset(&faults);
  sigaddset(&faults, SIGSEGV);
  pthread_sigmask(SIG_BLOCK, &faults, nullptr);
  write_to_null();
}
void fault_with_nobody_reading_stderr() {
  int ends[2];
  if (pipe(ends) != 0) return;
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  while (write(ends[1], "x", 1) == 1) {
  }
  fcntl(ends[1], F_SETFL, 0);
  dup2(ends[1], STDERR_FILENO);
  write_to_null();
}

// Off the end from which the main stack grows.
void write_beyond_the_stack() {
  std::ifstream maps{"/proc/self/maps"};
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with("[stack]")) continue;
    const std::string end = line.substr(line.find('-') + 1);
    *reinterpret_cast<volatile char*>(std::stoul(end, nullptr, 16)) = 1;
  }
}

const std::map<std::string, std::function<void()>> kWaysToDie = {
    {"null-write", write_to_null},
    {"low-read", read_from_low_address},
    {"null-jump", jump_to_null},
    {"divide", divide_by_zero},
    {"stack-overflow", [] { overflow_the_stack(0); }},
    {"stack-beginning", write_beyond_the_stack},
    {"deep", [] { recurse_then_crash(2'000); }},
    {"bus", touch_a_truncated_file},
    {"illegal", [] { __builtin_trap(); }},
    {"trap", [] { raise(SIGTRAP); }},
    {"sys", [] { raise(SIGSYS); }},
    {"abort", [] { std::abort(); }},
    {"assert", [] { assert(sink == 7 && "the answer"); }},
    {"double-free", free_twice},
    {"smash", smash_the_stack},
    {"pure-virtual", [] { const Derived object; }},
    {"terminate", [] { std::terminate(); }},
    {"joinable", [] { const std::thread forgotten{[] { pause(); }}; }},
    {"throw", [] { throw std::runtime_error("disk on fire"); }},
    {"throw-red",
     [] { throw std::runtime_error("\x1b[31mred\xc2\x9b paint \u202etxt.\U000e0041"); }},
    {"throw-headings",
     [] {
       throw std::runtime_error(
           "uncaught exception of type int\nSIGSEGV: stack overflow: write to address 0x0\n"
           "Group:    1:feed\nDatabase: /elsewhere\n"
           "killed by SIGUSR1, which the program does not handle");
     }},
    {"throw-nested", throw_nested},
    {"throw-bytes", throw_bad_bytes},
    {"throw-int", [] { throw 42; }},
    {"throw-string", [] { throw std::string{"plain words"}; }},
    {"throw-struct", [] { throw Unprintable{1}; }},
    {"throw-noexcept", throw_in_noexcept},
    {"throw-long", [] { throw std::runtime_error(std::string(1'000'000, 'x')); }},
    {"what-crashes", [] { throw CrashingWhat{}; }},
    {"what-allocates", [] { throw AllocatingWhat{}; }},
    {"what-aborts", [] { throw AbortingWhat{}; }},
    {"what-hangs", [] { throw HangingWhat{}; }},
    {"exit", [] { std::exit(0); }},
    {"quick-exit", [] { std::quick_exit(0); }},
    {"_exit", [] { _exit(0); }},
    {"sigterm", [] { raise(SIGTERM); }},
    {"sigint", [] { raise(SIGINT); }},
    {"sigkill", [] { raise(SIGKILL); }},
    {"exec", [] { execl("/bin/true", "true", nullptr); }},
    {"taken-over",
     [] {
       std::signal(SIGSEGV, dblog::test::exit_3);
       std::set_terminate(dblog::test::exit_4);
       const dblog::InstallReport report = dblog::check_handlers();
       for (const auto& missing : report.missing) std::printf("%s\n", missing.what.c_str());
     }},
    {"not-taken-over", [] { std::exit(dblog::check_handlers() ? 0 : 1); }},
    {"removed-clean", [] { dblog::uninstall_handlers(); }},
    {"blocked-fault", fault_with_its_signal_blocked},
    {"full-stderr", fault_with_nobody_reading_stderr},
    {"recover-meanwhile",
     [] {
       const std::string command = std::string{getenv("DBLOG_TOOL")} + " recover >&2";
       if (std::system(command.c_str()) != 0) _exit(98);
     }},
    {"rethrow-nothing", [] { throw; }},
    {"kill-self", [] { kill(getpid(), SIGSEGV); }},
    {"raise", [] { raise(SIGSEGV); }},
    {"raise-abort", [] { raise(SIGABRT); }},
    {"stack-pointer", overwrite_the_unwind_path},
    {"clean", [] {}},
    {"fork",
     [] {
       if (fork() == 0) write_to_null();
       int status = 0;
       wait(&status);
       read_from_low_address();
     }},
    {"replaced", [] { return std::rename("other", "app") == 0 ? write_to_null() : void(); }},
    {"deleted-database",
     [] {
       for (const char* name : {"LOGS.db", "LOGS.db-wal", "LOGS.db-shm"}) unlink(name);
       write_to_null();
     }},
    {"closed-descriptors",
     [] {
       for (int i = 3; i < 256; ++i) close(i);
       for (int i = 0; i < 8; ++i) open("reused", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
       write_to_null();
     }},
    {"install-twice",
     [] {
       dblog::install_handlers();
       write_to_null();
     }},
    {"removed",
     [] {
       dblog::uninstall_handlers();
       dblog::uninstall_handlers();
       write_to_null();
     }},
    {"many-threads",
     [] {
       for (int i = 0; i < 64; ++i) std::thread{[] { write_to_null(); }}.detach();
       pause();
     }},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const dblog::test::DyingOptions options = dblog::test::read_options(argc, argv);
  dblog::InstallReport report;
  if (dblog::test::guard_before_install != nullptr) dblog::test::guard_before_install();
  if (options.install) report = dblog::install_handlers(options.handlers);
  if (dblog::test::guard_after_install != nullptr) dblog::test::guard_after_install();
  for (const auto& missing : report.missing) {
    std::printf("missing %s: %s\n", missing.what.c_str(), missing.why.c_str());
  }
  std::fflush(stdout);
  const auto die = [&way = kWaysToDie.at(argv[1])] {
    if (dblog::test::paint_signal_stack != nullptr) dblog::test::paint_signal_stack();
    way();
  };
  if (options.is_locked) dblog::test::hold_the_write_lock_in_another_process();
  if (options.has_other_threads) dblog::test::start_threads_that_wait();
  if (options.is_traced) dblog::test::stop_for_tracer();
  if (options.in_thread) {
    std::thread{[&] {
      prctl(PR_SET_NAME, "worker");
      die();
    }}.join();
  } else {
    die();
  }
  return 0;
}
