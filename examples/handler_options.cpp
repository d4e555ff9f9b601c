// Options for the handlers, and what install_handlers() could do of what was asked.
#include <csignal>
#include <dblog/dblog.hpp>
#include <iostream>

int main() {
  const dblog::HandlerOptions options{
      .database = "crashes_of_shop.db",
      .release = "shop 2.4.1",
      .signals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT},
      .hw_monitor = false,
      .print_to_stderr = false,
  };
  const dblog::InstallReport report = dblog::install_handlers(options);

  std::cout << "database: " << report.database.filename().string() << "\ncaptured:";
  for (const std::string& name : report.captured) std::cout << ' ' << name;
  std::cout << '\n';
  for (const auto& [what, why] : report.missing) {
    std::cout << "missing: " << what << ": " << why << '\n';
  }
  dblog::uninstall_handlers();
  return report ? 0 : 1;
}
