// The tool: what a verb came to is printed and becomes the exit code. The only file of the tool
// that prints and exits.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>

#include "src/config/trust_setting.hpp"
#include "src/run/inherited_signals.hpp"
#include "src/run/program_wait.hpp"
#include "tools/dblog/command_line.hpp"
#include "tools/dblog/escape_text.hpp"
#include "tools/dblog/outcome.hpp"
#include "tools/dblog/output_terminal.hpp"
#include "tools/dblog/stop_signals.hpp"
#include "tools/dblog/table_text.hpp"
#include "tools/dblog/write_all.hpp"

namespace dblog::tool {
namespace {

// There is nowhere to report a failure of these.
void print_notice(const std::string& text) {
  (void)write_all(STDERR_FILENO, "dblog: " + escape_line(text) + '\n');
}

// On a terminal one line, which the next takes the place of; an empty one takes it away. Ten a
// second: a terminal may be slower than the work.
void show_progress(const std::string& text) {
  using Clock = std::chrono::steady_clock;
  static Clock::time_point next;
  const auto width = terminal_width(STDERR_FILENO);
  if (!width || (!text.empty() && Clock::now() < next)) return;
  next = Clock::now() + std::chrono::milliseconds{100};
  (void)write_all(STDERR_FILENO, "\r\x1b[K" + cut_to_width(escape_line(text), *width - 1));
}

Printers printers() {
  return {[](const std::string& text) { return write_all(STDOUT_FILENO, text); }, show_progress,
          print_notice};
}

int finish(Outcome outcome) {
  if (const int failure = write_all(STDOUT_FILENO, outcome.output); failure != 0) {
    outcome.exit_code = ExitCode::not_everything;
    outcome.error = "standard output: " + std::generic_category().message(failure);
  }
  if (!outcome.error.empty()) print_notice(outcome.error);
  if (outcome.program_status) run::end_as(*outcome.program_status);
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
  dblog::run::InheritedSignals::remember();
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
