// Installs dblog, and opens a library in Go after that: go_host LIBRARY FUNCTION
#include <dlfcn.h>
#include <dblog/dblog.hpp>

#include <cstdio>

namespace {

void show(const char* when, const dblog::InstallReport& report) {
  for (const auto& missing : report.missing) {
    if (missing.what != "settings") std::printf("%s: %s\n", when, missing.what.c_str());
  }
  std::fflush(stdout);
}

}  // namespace

int main(int, char** argv) {
  show("at first", dblog::install_handlers({.slack = true, .delivery = dblog::Delivery::none}));
  void* library = dlopen(argv[1], RTLD_NOW);
  if (library == nullptr) return std::puts(dlerror()), 90;
  show("then", dblog::check_handlers());
  reinterpret_cast<void (*)()>(dlsym(library, argv[2]))();
  std::puts("done");
}
