// A plug-in that is linked with dblog, for a program that is not.
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
}
