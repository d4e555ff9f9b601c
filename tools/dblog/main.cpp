// The tool: what a verb came to is printed and becomes the exit code. The only file of the tool
// that prints and exits.
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>

#include "src/config/trust_setting.hpp"
#include "tools/dblog/command_line.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/outcome.hpp"
#include "tools/dblog/stop_signals.hpp"

namespace dblog::tool {
namespace {

/// 0, or why it failed.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// There is nowhere to report a failure of these.
Printers printers() {
  return {[](const std::string& text) { (void)write_all(STDOUT_FILENO, text); },
          [](const std::string& text) {
            (void)write_all(STDERR_FILENO, "\r\x1b[K" + escape_line(text));
          }};
}

int finish(Outcome outcome) {
  if (const int failure = write_all(STDOUT_FILENO, outcome.output); failure != 0) {
    outcome.exit_code = ExitCode::not_everything;
    outcome.error = "standard output: " + std::generic_category().message(failure);
  }
  if (!outcome.error.empty()) {
    // There is nowhere to report a failure of this.
    (void)write_all(STDERR_FILENO, "dblog: " + escape_line(outcome.error) + '\n');
  }
  const int code = static_cast<int>(outcome.exit_code);
  if (outcome.must_leave_at_once) std::_Exit(code);
  return code;
}

// Whose database it is may cut its files off while they are read.
void on_truncated_file(int /*signal*/) {
  (void)write_all(STDERR_FILENO,
                  "dblog: a file of the database was truncated while it was read; try again\n");
  ::_exit(static_cast<int>(ExitCode::database));
}

}  // namespace
}  // namespace dblog::tool

int main(int argc, char** argv) {
  using dblog::tool::ExitCode;
  // A limit on file sizes is an error like any other.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGBUS, dblog::tool::on_truncated_file);
  dblog::tool::StopSignals::accept();
  dblog::tool::StopSignals stop;  // until all is printed: that may block, too
  try {
    if (const auto error = dblog::config::adopt_trust_setting()) {
      (void)dblog::tool::write_all(STDERR_FILENO, "dblog: " + error->text() + '\n');
    }
    return dblog::tool::finish(dblog::tool::run_verb(argc, argv, dblog::tool::printers(), stop));
  } catch (const std::exception& error) {
    return dblog::tool::finish({ExitCode::not_everything, "", error.what()});
  }
}
