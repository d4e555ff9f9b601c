// Knows nothing of dblog and loads a plug-in that uses it: plain_host PLUGIN WAY
#include <dlfcn.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace {

int recurse(int depth) {  // NOLINT(misc-no-recursion): it is to overflow
  volatile char room[1000];
  room[depth % 1000] = 1;
  return depth > 100'000'000 ? 0 : recurse(depth + 1) + room[depth % 1000];
}

void write_to_null() {
  volatile int* volatile null_pointer = nullptr;
  *null_pointer = 1;
}

// The signals that have a handler, as the kernel has them.
void say_caught_signals() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigCgt:")) std::puts(line.c_str());
  }
}

}  // namespace

int main(int, char** argv) {
  const std::string_view way = argv[2];
  void* plugin = dlopen(argv[1], RTLD_NOW | (way == "deepbind" ? RTLD_DEEPBIND : 0));
  if (plugin == nullptr) return std::puts(dlerror()), 90;
  reinterpret_cast<void (*)()>(dlsym(plugin, "start"))();
  if (way == "overflow") return recurse(0);
  if (way == "thread") std::thread{[] { std::printf("%d", recurse(0)); }}.join();
  if (way == "signals") say_caught_signals();
  if (way == "term") raise(SIGTERM);
  if (way == "pushing thread") {
    std::thread{[plugin] {
      reinterpret_cast<int (*)(const char*)>(dlsym(plugin, "push"))("from a thread");
      std::printf("%d", recurse(0));
    }}.join();
  }
  if (way == "exec") execl("/bin/true", "true", nullptr);
  if (way == "_exit") _exit(0);
  if (way == "fault") write_to_null();
  if (way == "kill") std::system(("kill -9 " + std::to_string(getpid())).c_str());
}
