// A program that contains dblog and loads a plug-in that contains it again: two_copies_child
// PLUGIN HOW. Both install handlers; the program then dies of HOW: "write", "throw", "abort".
#include <dlfcn.h>
#include <dblog/dblog.hpp>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {
volatile int* volatile null_pointer = nullptr;
}

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  const std::string how = argv[2];
  dblog::install_handlers({.sync_to_disk = false});
  void* plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 65;
  }
  reinterpret_cast<void (*)()>(dlsym(plugin, "install_handlers_from_plugin"))();
  if (how == "write") *null_pointer = 1;
  if (how == "throw") throw std::runtime_error("on purpose");
  if (how == "abort") std::abort();
  return 66;
}
