// Crashes, std::terminate and unhandled exceptions as committed rows, written before the process
// is gone.
//
//   int main() {
//     dblog::install_handlers();
//     ...
//   }
//
// Threads: install_handlers() and uninstall_handlers() may be called from any thread, one at a
// time; other threads may crash meanwhile.
#pragma once

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dblog/export.hpp"
#include "dblog/scrub.hpp"

// HandlerOptions::signals keeps its name where Qt's macro of that name came first.
#pragma push_macro("signals")
#undef signals

namespace dblog {
inline namespace abi_1 {

/// What delivers the messages for Slack and e-mail, and names the frames of crashes.
enum class Delivery {
  none,      ///< Only `dblog flush`, when it is run.
  next_run,  ///< The next install_handlers() starts `dblog flush` in the background.
  helper,    ///< A crash, and a push with messages, start it at once; so does the next run.
};

/// Every field has a default that suits most programs.
struct HandlerOptions {
  /// The SQLite file, made with mode 0600 if absent. Default: $DBLOG_DB, else ./LOGS.db, made
  /// absolute at install. Its directory must exist. A program with more rights than its caller
  /// (setuid, setgid, file capabilities) must name an absolute path: its caller chose the
  /// environment and the working directory.
  std::filesystem::path database = {};

  /// The file with settings (webhook, mail server, …). Default: .env in the working directory, if
  /// there is one. The real environment overrides the file. A program with more rights than its
  /// caller reads only a file that is named here by an absolute path, and no environment.
  std::filesystem::path env_file = {};

  /// The version of your program, for `crashes.release`; at most 127 bytes are kept.
  std::string release = {};

  /// Where your program runs: "prod", "staging"; for `processes.environment` and what is asked by
  /// it. At most 63 bytes are kept. Default: the setting `environment`.
  std::string environment = {};

  /// The signals to capture. Cost: one sigaction() each. Where Qt's keywords are macros, set it in
  /// a source file without Qt's headers, or build with QT_NO_KEYWORDS.
  std::vector<int> signals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

  /// Capture std::terminate: uncaught exceptions, noexcept violations, pure virtual calls. Without
  /// it they are recorded as their SIGABRT, with less to say.
  bool terminate = true;

  /// Let handlers that were installed before see each fault, and each crash signal that is sent,
  /// first, and record only what they leave unrepaired: for programs with a Java VM, V8 or another
  /// runtime that lives on faults. Without it a crash is recorded first, they are called
  /// afterwards, and the row of a fault that they repair, or of a signal that they live with, is
  /// deleted again.
  bool chain_first = false;

  /// Remember where exceptions are thrown, so that the frames of an uncaught one, and the stack of
  /// one that is caught and pushed, begin there. Cost: nothing while nothing is thrown, the walk of
  /// the stack per throw (0.2 µs a frame), next to nothing for a throw that repeats the one before
  /// (figures: docs/benchmarks.md); 0.5 MB of address space.
  bool throw_sites = true;

  /// A hardware snapshot with every crash (tables hw_logs and hw_details). Cost: about ten small
  /// reads from /proc while the process dies.
  bool hw_monitor = true;

  /// The stacks of the other threads with every crash (tables threads and frames), of the first 64
  /// of them. Cost: one signal to each and a short wait for their answers, which ends when none has
  /// come for a quarter of the time that was left, a second at most, and after two seconds.
  bool all_threads = true;

  /// The values of the processor's registers with every crash by a signal (table registers). They
  /// may be pieces of a password that was just copied: without them nothing of the program's memory
  /// is recorded but the addresses on its stacks, messages and breadcrumbs.
  bool registers = true;

  /// Put a message for Slack into the outbox, in the crash's transaction. Cost: one more row.
  bool slack = false;

  /// Put an e-mail into the outbox, in the crash's transaction. Cost: one more row.
  bool email = false;

  /// With `helper`, the tool `dblog` is looked for in PATH and beside the library when handlers are
  /// installed; it is started only if it and every directory above it belong to root or this user
  /// and cannot be written by others, and never by a program with more rights than its caller. It
  /// runs as a process of its own, with the settings' variables in its environment, and ends when
  /// nothing is left to do. Cost: about a millisecond when it is started. The setting
  /// DBLOG_DELIVERY (helper, next_run, none) overrides this field. Without install_handlers()
  /// pushes with messages go by the default.
  Delivery delivery = Delivery::helper;

  /// Wait until the crash row is on the disk (survives power loss), not only in the kernel
  /// (survives the process). Cost: about half a millisecond per crash on an SSD.
  bool sync_to_disk = true;

  /// How long the recording of a crash may stand still; then the process dies all the same, and
  /// what is not committed waits in the black box for the next run. On a machine that is busy with
  /// others a recording that goes on may take up to 16 times as long. Between 10 ms and a minute.
  std::chrono::milliseconds deadline{250};

  /// Say each crash in one line on stderr. A crash that could not be recorded is reported there
  /// whatever this is set to. Standard error is what descriptor 2 was when install_handlers() was
  /// last called; where the number is another file's since, nothing is written.
  /// Cost: one write(), left out if stderr would block.
  bool print_to_stderr = true;

  /// A function of yours that adds a note to each crash (table crash_notes, `dblog show`): it
  /// writes a text that ends with a NUL into `text`, which is all zeros and has `size` bytes
  /// (1,024). It runs in the crashed thread when all else is recorded, with its locks and its heap
  /// as the crash left them, so it may do only what a signal handler may (signal-safety(7)), with
  /// 16 KiB of stack. If it faults or throws, or stands still for longer than `deadline`, it is
  /// given up: what it has written so far is kept, and the row says so. If it ends the process, the
  /// next run records the crash without its note.
  void (*on_crash)(char* text, std::size_t size) noexcept = nullptr;

  /// What is replaced by "[scrubbed]" before it is stored, or sent or shown of a crash (secrets
  /// such as passwords), besides what the settings scrub_keys and scrub_patterns name. A tool that
  /// this program starts gets these rules; one that you start yourself knows those of the settings
  /// only. Rules that cannot be used are in InstallReport::missing as "scrub"; the others count.
  /// Cost: nothing without rules; with some, a push takes microseconds more (docs/using.md).
  ScrubRules scrub = {};
};

/// What install_handlers() achieved.
struct InstallReport {
  /// One thing that is not captured or not usable.
  struct Missing {
    std::string what;  ///< "database", "SIGSEGV", "std::terminate", "settings", …
    std::string why;   ///< One line, with what to do about it.
  };

  /// The crash connection is open: crashes become rows. Otherwise each crash tries once more to
  /// open the database, and failing that is one line on stderr.
  bool recording = false;
  std::filesystem::path database;     ///< The absolute path in use.
  int recovered = 0;                  ///< Deaths of earlier processes that were imported just now.
  std::vector<std::string> captured;  ///< "SIGSEGV", …, "std::terminate".
  std::vector<Missing> missing;       ///< What is not captured or not usable, and why.

  /// Everything that was asked for works.
  explicit operator bool() const noexcept { return recording && missing.empty(); }
};

/// Captures crashes from here on, in every thread. Never throws and never ends the program; what
/// could not be done is in the report and, one line each, on stderr. Handlers that were installed
/// before are kept and called after ours.
///
/// Threads: may be called from any thread, one at a time. Not from signal handlers.
///
/// A second call changes nothing and reports what is in force. What it asks for and does not get,
/// say another database, is in `missing` as "handlers"; a field left at its default asks for
/// nothing, so a library may call this without options. To change options, uninstall first.
DBLOG_EXPORT InstallReport install_handlers(const HandlerOptions& options = {}) noexcept;

/// What is captured now: signals whose handler another library or the program has replaced since
/// install_handlers() are in `missing`. For programs with libraries that install handlers of their
/// own: call it when they are loaded. Never throws, and writes nothing to stderr. Threads: as
/// install_handlers().
DBLOG_EXPORT InstallReport check_handlers() noexcept;

/// Puts back what was installed before. A signal whose handler another library or the program
/// replaced since is left as it is. Does nothing when nothing is installed. The database stays open
/// until the process ends (closing it would drop the program's own locks on the file:
/// docs/signal-safety.md). Threads: as install_handlers().
DBLOG_EXPORT void uninstall_handlers() noexcept;

/// As HandlerOptions::environment, for programs without handlers, and for those that find it out
/// later. Counts for rows that are written from here on, and for this process's own. Never throws.
/// Threads: any.
DBLOG_EXPORT void set_environment(std::string_view environment) noexcept;

/// What the calling thread says before it calls abort(): then it is the message of the crash, as
/// the words of a failed assert() are. 4,095 bytes are kept. An empty text takes it back, and so
/// does another thread's call: the process has one such text. Never throws. Threads: any.
DBLOG_EXPORT void set_abort_message(std::string_view text) noexcept;

/// Crashes that are meant to be, such as a death test's: where `are_expected` returns true, the
/// crash goes unrecorded to what was installed before. Called in the crashed thread, it may do only
/// what a signal handler may (signal-safety(7)); one that faults has returned false. Null: as
/// without a call. A child after fork() asks the same function. Never throws. Threads: any.
DBLOG_EXPORT void expect_crashes(bool (*are_expected)() noexcept) noexcept;

}  // namespace abi_1
}  // namespace dblog

#pragma pop_macro("signals")
