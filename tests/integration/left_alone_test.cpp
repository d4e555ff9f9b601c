// What the program has set up is as it was after every call of dblog's, and threads of dblog's do
// not inherit what the thread has that starts them.
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cfenv>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "dblog/dblog.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using dblog::test::TemporaryDirectory;

std::string bytes(const void* data, std::size_t size) {
  return std::string(static_cast<const char*>(data), size);
}

constexpr std::array kSignals{SIGPIPE, SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2, SIGPROF,
                              SIGXFSZ, SIGXCPU, SIGTERM, SIGINT,  SIGHUP,  SIGQUIT};

// Everything that a program may have set up, by name.
using Picture = std::map<std::string, std::string>;

Picture picture() {
  Picture taken;
  taken["errno"] = std::to_string(errno);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  for (int signal = 1; signal < SIGRTMAX; ++signal) {
    taken["mask"] += sigismember(&mask, signal) == 1 ? '1' : '0';
  }
  for (const int signal : kSignals) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    taken["action of " + std::to_string(signal)] =
        std::to_string(reinterpret_cast<std::uintptr_t>(action.sa_handler));
  }
  for (const auto which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    itimerval timer{};
    ::getitimer(which, &timer);
    taken["timer " + std::to_string(which)] = std::to_string(timer.it_interval.tv_sec);
  }
  taken["rounding"] = std::to_string(std::fegetround());
  taken["floating-point traps"] = std::to_string(::fegetexcept());
  taken["locale"] = std::setlocale(LC_ALL, nullptr);
  const mode_t creation_mask = ::umask(0);
  ::umask(creation_mask);
  taken["umask"] = std::to_string(creation_mask);
  taken["working directory"] = fs::current_path().string();
  taken["nice"] = std::to_string(::getpriority(PRIO_PROCESS, 0));
  taken["policy"] = std::to_string(::sched_getscheduler(0));
  cpu_set_t processors;
  ::sched_getaffinity(0, sizeof processors, &processors);
  taken["processors"] = bytes(&processors, sizeof processors);
  char name[16] = {};
  ::pthread_getname_np(::pthread_self(), name, sizeof name);
  taken["name"] = name;
  for (const char* limit : {"NOFILE", "CORE", "FSIZE"}) {
    rlimit value{};
    ::getrlimit(std::strcmp(limit, "CORE") == 0    ? RLIMIT_CORE
                : std::strcmp(limit, "FSIZE") == 0 ? RLIMIT_FSIZE
                                                   : RLIMIT_NOFILE,
                &value);
    taken[limit] = std::to_string(value.rlim_cur);
  }
  for (const int descriptor : {0, 1, 2}) {
    struct stat status {};
    const bool is_open = ::fstat(descriptor, &status) == 0;
    taken["descriptor " + std::to_string(descriptor)] =
        is_open ? std::to_string(status.st_ino) + " " + std::to_string(::fcntl(descriptor, F_GETFL))
                : "closed";
  }
  return taken;
}

// Past the C library and what dblog interposes: the handlers, flags and masks of the kernel.
std::string kernel_actions() {
  std::string all;
  for (const int signal : kSignals) {
    std::array<unsigned long, 4> action{};
    ::syscall(SYS_rt_sigaction, signal, nullptr, action.data(), sizeof(unsigned long));
    auto& [handler, flags, restorer, mask] = action;
    constexpr unsigned long kRestorer =
        0x04000000;  // the C library's, in every action that it sets
    flags &= ~kRestorer;
    restorer = 0;
    all += bytes(action.data(), sizeof action);
  }
  return all;
}

std::string signal_stack() {
  stack_t stack{};
  ::sigaltstack(nullptr, &stack);
  return stack.ss_flags == SS_DISABLE ? "none" : std::to_string(stack.ss_size);
}

std::string difference(const Picture& before, const Picture& after) {
  std::string text;
  for (const auto& [name, value] : before) {
    if (after.at(name) != value) text += name + ": " + value + " became " + after.at(name) + "; ";
  }
  return text;
}

// A program that has set up a lot.
void set_much_up(const fs::path& directory) {
  fs::current_path(directory);
  ::umask(0077);
  std::fesetround(FE_DOWNWARD);
  ::feenableexcept(FE_DIVBYZERO);
  std::setlocale(LC_ALL, "C.UTF-8");
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGUSR1, [](int) {});
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGQUIT, [](int) {});
  const itimerval timer{{3'600, 0}, {3'600, 0}};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  ::close(0);
}

std::string schedule_of_queue_thread(int processors_of_program) {
  for (const auto& task : fs::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream{task.path() / "comm"} >> name;
    if (name != "dblog-queue") continue;
    const int id = std::stoi(task.path().filename());
    cpu_set_t processors;
    ::sched_getaffinity(id, sizeof processors, &processors);
    if (::sched_getscheduler(id) != SCHED_OTHER) return "not an ordinary schedule";
    return CPU_COUNT(&processors) >= processors_of_program ? "ordinary" : "bound to a processor";
  }
  return "no thread";
}

}  // namespace

TEST_CASE("left alone: every call leaves the program's settings as they were") {
  const TemporaryDirectory directory;
  const std::string text = dblog::test::text_of_child([&] {
    set_much_up(directory.path());
    dblog::HandlerOptions options;
    options.delivery = dblog::Delivery::none;
    dblog::EventLogger events{"events"};
    dblog::EventLogger queued{"queued", {.queued = true}};
    dblog::Monitor monitor;
    const std::map<std::string, std::function<void()>> calls = {
        {"1 install_handlers", [&] { dblog::install_handlers(options); }},
        {"2 push_to_table",
         [&] { events.push_to_table("x", {.slack = true, .hw_monitor = true}); }},
        {"3 queued push_to_table", [&] { queued.push_to_table("x"); }},
        {"4 flush", [] { dblog::EventLogger::flush(); }},
        {"5 breadcrumb", [] { dblog::breadcrumb("x"); }},
        {"6 monitor", [&] { monitor.monitor("task"); }},
        {"7 check_handlers", [] { dblog::check_handlers(); }},
        {"8 uninstall_handlers", [] { dblog::uninstall_handlers(); }},
    };
    std::string changes;
    const std::string actions_at_first = kernel_actions();
    for (const auto& [name, call] : calls) {
      errno = 42;
      const Picture before = picture();
      const std::string stack_before = signal_stack();
      const std::string actions_before = kernel_actions();
      errno = 42;
      call();
      const Picture after = picture();
      const std::string difference_of_call = difference(before, after);
      if (!difference_of_call.empty()) changes += name + ": " + difference_of_call;
      // Only the handlers bring one, where there is none.
      if (name[0] != '1' && name[0] != '8' && signal_stack() != stack_before) {
        changes += name + ": signal stack";
      }
      if (name[0] != '1' && name[0] != '8' && kernel_actions() != actions_before) {
        changes += name + ": signals in the kernel";
      }
    }
    if (kernel_actions() != actions_at_first) changes += "signals in the kernel";
    return changes + "done";
  });
  CHECK(text == "done");
}

TEST_CASE("left alone: dblog's thread is an ordinary one, whichever thread starts it") {
  const TemporaryDirectory directory;
  const std::string text = dblog::test::text_of_child([&]() -> std::string {
    fs::current_path(directory.path());
    cpu_set_t all;
    ::sched_getaffinity(0, sizeof all, &all);
    std::thread{[] {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(static_cast<unsigned>(::sched_getcpu()), &one);
      ::sched_setaffinity(0, sizeof one, &one);
      const sched_param priority{80};
      ::sched_setscheduler(0, SCHED_FIFO, &priority);  // root's alone; the processor is enough
      dblog::EventLogger{"t", {.queued = true}}.push_to_table("x");
      dblog::EventLogger::flush();
    }}.join();
    // The thread may not have run yet.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    std::string found = "no thread";
    while (found != "ordinary" && std::chrono::steady_clock::now() < end) {
      found = schedule_of_queue_thread(CPU_COUNT(&all));
      std::this_thread::yield();
    }
    return found;
  });
  CHECK(text == "ordinary");
}
