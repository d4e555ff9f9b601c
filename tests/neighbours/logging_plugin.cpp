// A plug-in that is linked with dblog, for a program that is not. Plain C functions: for Python
// too.
#include <dblog/dblog.hpp>

#include <cstdio>

extern "C" __attribute__((visibility("default"))) void start() {
  const dblog::InstallReport report =
      dblog::install_handlers({.slack = true, .print_to_stderr = false});
  for (const auto& missing : report.missing) {
    if (missing.what != "settings" && missing.what != "delivery") {
      std::printf("missing: %s\n", missing.what.c_str());
    }
  }
  std::fflush(stdout);
}

extern "C" __attribute__((visibility("default"))) int push(const char* text) {
  return dblog::EventLogger{"plugin"}.push_to_table(text).ok ? 1 : 0;
}
