#include "tests/crash/bad_states.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace {

std::atomic<bool> is_disk_slow{false};

int wait_for_the_disk() {
  while (is_disk_slow) pause();
  return 0;
}

// What the handler would like to have but can do without.
void forbid_calls(unsigned action) {
  constexpr auto kNumberAt = static_cast<unsigned>(offsetof(seccomp_data, nr));
  const sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumberAt),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_timer_create, 7, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setitimer, 6, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_poll, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, action),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)),
                          const_cast<sock_filter*>(program)};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    _exit(84);
  }
}

// Lines of /proc/self/maps, and the address space in KiB.
struct Footprint {
  long mappings = 0;
  long kilobytes = 0;
};

Footprint footprint() {
  Footprint result;
  std::ifstream maps{"/proc/self/maps"};
  for (std::string line; std::getline(maps, line);) ++result.mappings;
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmSize:")) result.kilobytes = std::stol(line.substr(7));
  }
  return result;
}

void run_threads(int count) {
  for (int i = 0; i < count; i += 4) {
    std::thread team[4];
    for (std::thread& thread : team) thread = std::thread{[] {}};
    for (std::thread& thread : team) thread.join();
  }
}

}  // namespace

// Interposed: the crash connection is linked into this program.
extern "C" int fdatasync(int descriptor) {
  return is_disk_slow ? wait_for_the_disk() : static_cast<int>(syscall(SYS_fdatasync, descriptor));
}
extern "C" int fsync(int descriptor) {
  return is_disk_slow ? wait_for_the_disk() : static_cast<int>(syscall(SYS_fsync, descriptor));
}

namespace dblog::test {

void run_in_c11_thread(int (*routine)(void*)) {
  thrd_t thread{};
  if (thrd_create(&thread, routine, nullptr) != thrd_success) _exit(83);
  thrd_join(thread, nullptr);
}

std::vector<std::string> boxes_here() {
  std::vector<std::string> names;
  DIR* directory = opendir(".");
  while (const dirent* entry = readdir(directory)) {
    const std::string name = entry->d_name;
    if (name.find("-box-") != std::string::npos) names.push_back(name);
  }
  closedir(directory);
  return names;
}

void forbid_calls_with_error() { forbid_calls(SECCOMP_RET_ERRNO | 1); }  // EPERM
void forbid_calls_with_signal() { forbid_calls(SECCOMP_RET_TRAP); }

void make_disk_slow() { is_disk_slow = true; }

void fill_the_disk() {
  static const char block[4'096] = {'x'};
  const int file = open("filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  for (std::size_t size = sizeof block; size > 0;) {
    if (write(file, block, size) <= 0) size /= 2;
  }
}

void load_crashing_plugin() {
  if (dlopen(std::getenv("PLUGIN"), RTLD_NOW) == nullptr) _exit(82);
}

void run_short_threads() {
  mallopt(M_ARENA_MAX, 1);  // glibc makes more when threads meet, at any time
  run_threads(200);
  const Footprint before = footprint();
  const int count = std::atoi(std::getenv("THREADS"));
  run_threads(count);
  const Footprint after = footprint();
  std::printf("%d threads: %+ld mappings, %+ld KiB\n", count, after.mappings - before.mappings,
              after.kilobytes - before.kilobytes);
  std::fflush(stdout);
  const bool has_grown =
      after.mappings > before.mappings + 8 || after.kilobytes > before.kilobytes + 1'024;
  std::exit(has_grown ? 1 : 0);
}

}  // namespace dblog::test
