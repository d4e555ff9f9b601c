// install_handlers(): everything that a crash will need, gathered while that is still safe, and a
// report of what could not be had.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>

#include "dblog/event.hpp"
#include "dblog/handlers.hpp"
#include "handlers/crash_handler.hpp"
#include "handlers/exceptions/throw_watch.hpp"
#include "handlers/sqlite/crash_connection.hpp"
#include "src/api/call_scope.hpp"
#include "src/api/default_database.hpp"
#include "src/api/missing_parts.hpp"
#include "src/api/program_process.hpp"
#include "src/api/refused_options.hpp"
#include "src/api/scrub_rules.hpp"
#include "src/api/stderr_line.hpp"
#include "src/api/store_handle.hpp"
#include "src/api/store_maintenance.hpp"
#include "src/api/tool_delivery.hpp"
#include "src/base/memory_probe.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/base/signal_name.hpp"
#include "src/base/standard_error.hpp"
#include "src/base/text_buffer.hpp"
#include "src/config/settings.hpp"
#include "src/config/trust_setting.hpp"
#include "src/event/local_offset.hpp"
#include "src/event/program_release.hpp"
#include "src/process/own_uuid.hpp"
#include "src/recovery/file_limit.hpp"
#include "src/recovery/recovery.hpp"
#include "src/sqlite/database_place.hpp"
#include "src/store/store.hpp"

namespace dblog {
namespace {

// By the library that valgrind preloads.
bool is_valgrind_there() noexcept {
  const char* preloaded = ::secure_getenv("LD_PRELOAD");
  return preloaded != nullptr && std::strstr(preloaded, "/vgpreload_") != nullptr;
}

class Installation {
 public:
  InstallReport install(const HandlerOptions& options) {
    const std::lock_guard lock{mutex_};
    base::remember_standard_error();
    if (report_) {
      look_for_go();
      return install_again(options);
    }
    report_.emplace();
    has_go_ = false;
    options_ = api::with_absolute_paths(options);
    (void)config::adopt_trust_setting();  // what is wrong with it is among the settings' errors
    place_refusal_.clear();
    find_database(options);
    check_settings(options);
    fill_facts(options);
    choose_signals(options);
    open_connection();
    import_black_boxes();
    set_up_delivery(options);
    capture();
    for (const auto& missing : report_->missing) {
      api::warn({missing.what, ": ", missing.why});
    }
    return *report_;
  }

  // What install() reported, without what has been taken away since.
  InstallReport check() {
    const std::lock_guard lock{mutex_};
    InstallReport now;
    if (!report_) {
      now.missing.push_back({"handlers", "are not installed; call install_handlers()"});
      return now;
    }
    look_for_go();
    now = *report_;
    now.captured.clear();
    for (const std::string& name : report_->captured) {
      const bool is_terminate = name == kTerminate;
      const bool is_there = is_terminate ? crash::terminate_is_captured() : is_captured(name);
      if (is_there) {
        now.captured.push_back(name);
      } else {
        now.missing.push_back(
            {name, is_terminate
                       ? "was taken over by another terminate handler; install dblog's handlers "
                         "after it, or keep it from being set"
                       : "its action was changed since, by the program or a library; install "
                         "dblog's handlers after that, or keep it from being changed"});
      }
    }
    return now;
  }

  void uninstall() noexcept {
    const std::lock_guard lock{mutex_};
    if (!report_) return;
    crash::remove_handlers();
    api::set_default_database({});
    report_.reset();
  }

 private:
  static constexpr const char* kTerminate = "std::terminate";
  static constexpr std::chrono::milliseconds kShortest{10};
  static constexpr std::chrono::milliseconds kLongest{60'000};

  void miss(std::string what, std::string why) {
    report_->missing.push_back({std::move(what), std::move(why)});
  }

  // What is in force, and what of the options is not.
  [[nodiscard]] InstallReport install_again(const HandlerOptions& options) const {
    InstallReport again = *report_;
    const std::string refused = api::refused_options(options_, report_->database, options);
    if (refused.empty()) return again;
    again.missing.push_back(
        {"handlers", "are installed already, for " + report_->database.string() +
                         "; not changed: " + refused + "; call uninstall_handlers() first"});
    api::warn({again.missing.back().what, ": ", again.missing.back().why});
    return again;
  }

  void find_database(const HandlerOptions& options) {
    if (!options.database.empty()) api::set_default_database(options.database);
    has_database_place_ = false;
    const auto wanted = api::default_database();
    if (!wanted) {
      place_refusal_ = wanted.error().why;
      return miss("database", wanted.error().text());
    }
    report_->database = *wanted;
    const auto place = sqlite::prepare_database_place(*wanted);
    has_database_place_ = bool{place};
    if (!place) {
      miss("database", place.error().text());
      const auto beside = sqlite::check_database_place(*wanted);
      // Side files that others have planted keep no crash from its black box. It tries to open the
      // database once more: they may be gone.
      if (beside && sqlite::refuse_distrusted_files(*beside)) {
        report_->database = *beside;
      } else {
        place_refusal_ = place.error().why;
      }
      return;
    }
    report_->database = *place;
    store_ =
        store::Store::at(*wanted, *place, {});  // for a program that gives up root before it logs
  }

  void check_settings(const HandlerOptions& options) {
    const config::LoadedSettings loaded = config::load_settings(options.env_file);
    api::set_maintenance_limits(loaded.settings.retention);
    for (const base::Error& error : loaded.errors) miss("settings", error.text());
    for (const std::string& line : api::use_scrub_rules(options.scrub, loaded.settings.scrub))
      miss("scrub", line);
    for (const std::string& line : api::unset_channels(loaded, channels_of(options))) {
      miss("settings", line);
    }
    const std::string& environment =
        options.environment.empty() ? loaded.settings.environment : options.environment;
    if (!environment.empty()) api::use_environment(environment);
    has_channel_ = !loaded.settings.webhook.empty() || !loaded.settings.mail_server.empty();
  }

  static api::WantedChannels channels_of(const HandlerOptions& options) {
    return {options.slack, options.email};
  }

  void set_up_delivery(const HandlerOptions& options) {
    if (report_->database.empty()) return;
    const std::string refusal = api::set_up_delivery(options.delivery, report_->database,
                                                     options.env_file, channels_of(options));
    if (!refusal.empty()) miss("delivery", refusal);
    if (const api::MissingPart tool = api::missing_for_first_process()) {
      report_->missing.push_back(*tool);
    }
    const std::string trouble = api::lock_trouble(report_->database);
    if (!trouble.empty()) miss("delivery", trouble);
    const bool has_work = report_->recovered > 0 ||
                          (report_->recording && has_channel_ && crash::has_open_messages());
    if (has_work) api::deliver_what_is_left(report_->database);
  }

  // Texts from outside may hold anything; what is stored is UTF-8.
  template <std::size_t N>
  static void copy_text(std::string_view text, char (&out)[N]) {
    base::TextBuffer{out}.untrusted(text);
  }

  void fill_facts(const HandlerOptions& options) {
    crash::ProcessFacts& facts = setup_.facts;
    facts = {};
    setup_.note_writer = options.on_crash;
    const std::string database = report_->database.string();
    if (database.size() >= sizeof facts.database) {
      miss("database", "its path is longer than the system allows; choose a shorter one");
    } else {
      std::memcpy(facts.database, database.c_str(), database.size() + 1);
    }
    copy_text(options.release, facts.release);
    event::set_program_release(facts.release);
    api::describe_process(facts);
    copy_text(place_refusal_, facts.place_refusal);
    facts.hw_monitor = options.hw_monitor;
    facts.all_threads = options.all_threads;
    facts.registers = options.registers;
    facts.slack = options.slack;
    facts.email = options.email;
    facts.sync_to_disk = options.sync_to_disk;
    facts.print_to_stderr = options.print_to_stderr;
    facts.marks_ends = !api::missing_for_calls();
    facts.local_time = event::local_time_table(now().time_since_epoch().count());
    facts.hardware_sources = base::find_hardware_sources();
    base::sample_hardware(::getpid(), facts.hardware_sources, nullptr, facts.first_sample);
  }

  void choose_signals(const HandlerOptions& options) {
    setup_.terminate = options.terminate;
    setup_.chain_first = options.chain_first;
    setup_.throw_sites = options.throw_sites;
    setup_.deadline_nanoseconds =
        std::chrono::nanoseconds{std::clamp(options.deadline, kShortest, kLongest)}.count();
    setup_.before_privileges_change = api::open_stores_of_root;
    setup_.signal_count = 0;
    for (const int signal : options.signals) {
      if (signal < 1 || signal >= NSIG || signal == SIGKILL || signal == SIGSTOP) {
        miss(base::signal_name(signal) + (" " + std::to_string(signal)),
             "cannot be captured: not a signal that has handlers");
      } else if (setup_.signal_count == crash::HandlerSetup::kMaxSignals) {
        miss(base::signal_name(signal), "more signals than dblog can capture at once");
      } else if (!is_chosen(signal)) {
        setup_.signals[setup_.signal_count++] = signal;
      }
    }
  }

  [[nodiscard]] bool is_captured(const std::string& name) const {
    for (std::size_t i = 0; i < setup_.signal_count; ++i) {
      if (base::signal_name(setup_.signals[i]) == name) {
        return crash::is_captured(setup_.signals[i]);
      }
    }
    return true;  // not a signal: no other handler can take it away
  }

  [[nodiscard]] bool is_chosen(int signal) const {
    for (std::size_t i = 0; i < setup_.signal_count; ++i) {
      if (setup_.signals[i] == signal) return true;
    }
    return false;
  }

  void open_connection() {
    if (!has_database_place_) return;
    crash::ConnectionError error;
    report_->recording = crash::open_crash_connection(setup_.facts, error);
    if (report_->recording) {
      if (crash::has_made_tables()) (void)store_->open();
      // Does not wait for other writers: what is missing comes with the first push, a crash or the
      // end.
      const crash::ProcessNote process{process::own_uuid(), ::getpid(), nullptr};
      crash::write_process(process, setup_.facts, base::monotonic_nanoseconds(), error);
      crash::prepare_crash_connection(setup_.facts);
    } else {
      miss("database", report_->database.string() + ": " + error.text);
    }
  }

  // What earlier processes could not commit. Briefly: `dblog recover` does the rest.
  void import_black_boxes() {
    if (!report_->recording) {
      return say_deleted(recovery::remove_beyond_limit(report_->database, false).size());
    }
    constexpr std::chrono::milliseconds kLimit{200};
    const recovery::RecoveryOutcome outcome = recovery::recover(report_->database, kLimit);
    report_->recovered = outcome.crashes + outcome.killed + outcome.ended;
    say_deleted(outcome.deleted);
  }

  void say_deleted(std::size_t deleted) {
    const std::string text = recovery::deleted_text(deleted);
    if (!text.empty()) miss("black box", report_->database.string() + ": " + text);
  }

  void capture() {
    base::expect_valgrind(is_valgrind_there());
    const crash::HandlerOutcome outcome = crash::install_handlers(setup_);
    for (std::size_t i = 0; i < setup_.signal_count; ++i) {
      const char* name = base::signal_name(setup_.signals[i]);
      if (outcome.signal_errors[i] == 0) {
        report_->captured.emplace_back(name);
      } else {
        miss(name, std::generic_category().message(outcome.signal_errors[i]));
      }
    }
    if (setup_.terminate) report_->captured.emplace_back(kTerminate);
    look_at_process();
    if (outcome.box_error != 0) {
      miss("black box", "cannot be made beside the database: " +
                            std::generic_category().message(outcome.box_error) +
                            "; a crash that cannot be committed at once is lost");
    }
    if (!outcome.new_threads_have_stacks) {
      miss("stack overflow in other threads",
           "pthread_create() is not dblog's: only threads that push events, except queued ones, "
           "have an alternate signal stack; " +
               std::string{api::kLinkFirst});
    }
    if (outcome.stack_error != 0) {
      miss("stack overflow",
           "no alternate signal stack: " + std::generic_category().message(outcome.stack_error));
    }
  }

  // One may have come by dlopen() since.
  void look_for_go() {
    if (has_go_) return;
    const api::MissingPart ends = api::missing_for_go();
    if (!ends) return;
    has_go_ = true;
    crash::expect_go();
    report_->missing.push_back(*ends);
  }

  void look_at_process() {
    if (setup_.throw_sites) {
      if (crash::throws_are_ours()) {
        report_->captured.emplace_back("throw sites");
      } else {
        miss("throw sites", "__cxa_throw() is not dblog's; " + std::string{api::kLinkFirst});
      }
    }
    if (const api::MissingPart ends = api::missing_for_calls()) report_->missing.push_back(*ends);
    look_for_go();
    const api::MissingPart faults = api::missing_for_mask({setup_.signals, setup_.signal_count});
    if (faults) report_->missing.push_back(*faults);
  }

  std::mutex mutex_;
  bool has_database_place_ = false;
  std::string place_refusal_;
  store::Store* store_ = nullptr;
  bool has_channel_ = false;
  bool has_go_ = false;
  std::optional<InstallReport> report_;
  HandlerOptions options_;  // of the call that installed
  crash::HandlerSetup setup_;
};

// Never destroyed: a crash may come after main().
Installation& installation() {
  static Installation& instance = *new Installation;
  return instance;
}

}  // namespace

inline namespace abi_1 {

InstallReport install_handlers(const HandlerOptions& options) noexcept try {
  const api::CallScope scope;
  return installation().install(options);
} catch (const std::exception& error) {
  InstallReport report;
  report.missing.push_back({"handlers", error.what()});
  return report;
}

InstallReport check_handlers() noexcept try {
  const api::CallScope scope;
  return installation().check();
} catch (const std::exception& error) {
  InstallReport report;
  report.missing.push_back({"handlers", error.what()});
  return report;
}

void uninstall_handlers() noexcept {
  const api::CallScope scope;
  installation().uninstall();
}

}  // namespace abi_1
}  // namespace dblog
