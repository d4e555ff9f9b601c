// What a program may have set up in its process, to compare before and after a call.
#pragma once

#include <fcntl.h>
#include <locale.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace dblog::test {

inline std::string bytes(const void* data, std::size_t size) {
  return std::string(static_cast<const char*>(data), size);
}

inline constexpr std::array kSignals{SIGPIPE, SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2, SIGPROF,
                                     SIGXFSZ, SIGXCPU, SIGTERM, SIGINT,  SIGHUP,  SIGQUIT};

/// By name.
using Picture = std::map<std::string, std::string>;

inline void add_signals(Picture& taken) {
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
}

inline void add_limits(Picture& taken) {
  for (const auto& [name, resource] :
       {std::pair{"NOFILE", RLIMIT_NOFILE}, {"CORE", RLIMIT_CORE}, {"FSIZE", RLIMIT_FSIZE}}) {
    rlimit value{};
    ::getrlimit(resource, &value);
    taken[name] = std::to_string(value.rlim_cur);
  }
}

/// Each with its file and flags.
inline Picture descriptors() {
  Picture open;
  std::set<int> numbers;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    numbers.insert(std::stoi(entry.path().filename()));
  }
  for (const int number : numbers) {
    char file[4096];
    const std::string link = "/proc/self/fd/" + std::to_string(number);
    const ssize_t size = ::readlink(link.c_str(), file, sizeof file);
    if (size < 0) continue;  // the one by which the directory was read
    open[std::to_string(number)] = std::string(file, static_cast<std::size_t>(size)) + ", flags " +
                                   std::to_string(::fcntl(number, F_GETFL)) + " " +
                                   std::to_string(::fcntl(number, F_GETFD));
  }
  return open;
}

inline Picture picture() {
  Picture taken;
  taken["errno"] = std::to_string(errno);
  taken["floating-point exceptions"] = std::to_string(std::fetestexcept(FE_ALL_EXCEPT));
  taken["floating-point traps"] = std::to_string(::fegetexcept());
  taken["rounding"] = std::to_string(std::fegetround());
  taken["locale"] = std::setlocale(LC_ALL, nullptr);
  taken["locale of the thread"] =
      std::to_string(reinterpret_cast<std::uintptr_t>(::uselocale(nullptr)));
  add_signals(taken);
  const mode_t creation_mask = ::umask(0);
  ::umask(creation_mask);
  taken["umask"] = std::to_string(creation_mask);
  taken["working directory"] = std::filesystem::current_path().string();
  taken["nice"] = std::to_string(::getpriority(PRIO_PROCESS, 0));
  taken["policy"] = std::to_string(::sched_getscheduler(0));
  cpu_set_t processors;
  ::sched_getaffinity(0, sizeof processors, &processors);
  taken["processors"] = bytes(&processors, sizeof processors);
  char name[16] = {};
  ::pthread_getname_np(::pthread_self(), name, sizeof name);
  taken["name"] = name;
  add_limits(taken);
  return taken;
}

/// Past the C library and what dblog interposes: the handlers, flags and masks of the kernel.
inline std::string kernel_actions() {
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

inline std::string signal_stack() {
  stack_t stack{};
  ::sigaltstack(nullptr, &stack);
  return stack.ss_flags == SS_DISABLE ? "none" : std::to_string(stack.ss_size);
}

/// What of `before` has changed or gone.
inline std::string difference(const Picture& before, const Picture& after) {
  std::string text;
  for (const auto& [name, value] : before) {
    const auto found = after.find(name);
    if (found == after.end()) {
      text += name + ": " + value + " is gone; ";
    } else if (found->second != value) {
      text += name + ": " + value + " became " + found->second + "; ";
    }
  }
  return text;
}

/// What is only in `after`.
inline Picture added(const Picture& before, const Picture& after) {
  Picture more = after;
  for (const auto& [name, value] : before) more.erase(name);
  return more;
}

}  // namespace dblog::test
