// A program that does not know of dblog: plugin_child LIBRARY loads a plug-in that installs
// dblog's handlers, unloads it and crashes.
#include <dlfcn.h>

#include <cstdio>

namespace {
volatile int* volatile null_pointer = nullptr;
}

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  void* plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 65;
  }
  reinterpret_cast<void (*)()>(dlsym(plugin, "install_handlers_from_plugin"))();
  dlclose(plugin);
  *null_pointer = 1;
}
