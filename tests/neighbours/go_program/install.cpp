// The C++ part of the program: puts dblog's handlers in place, and says what is missing.
#include <dblog/dblog.hpp>

#include <cstdio>

extern "C" void install_dblog(int chain_first) {
  const dblog::InstallReport report = dblog::install_handlers(
      {.chain_first = chain_first != 0, .slack = true, .delivery = dblog::Delivery::none});
  for (const auto& missing : report.missing) {
    if (missing.what != "settings") std::printf("missing: %s\n", missing.what.c_str());
  }
  std::fflush(stdout);
}
