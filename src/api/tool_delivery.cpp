#include "src/api/tool_delivery.hpp"

#include <pthread.h>

#include <chrono>
#include <forward_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "handlers/tool_start.hpp"
#include "src/api/scrub_rules.hpp"
#include "src/api/stderr_line.hpp"
#include "src/api/tool_search.hpp"
#include "src/base/secure_execution.hpp"
#include "src/process/ordinary_schedule.hpp"
#include "src/process/per_process.hpp"
#include "src/process/signal_block.hpp"
#include "src/sqlite/sender_lock.hpp"

namespace dblog::api {
namespace {

namespace fs = std::filesystem;

// How long the tool stays for more, so that a program that logs often does not start it often.
constexpr const char* kLingerSeconds = "5";

// Without a lock that can be trusted: a tool that was started so short a time ago is still there.
constexpr std::chrono::seconds kSurelyThere{2};

constexpr const char* kTooMany =
    "the names of the variables in .env, or the rules that the program gives for scrubbing, are "
    "too "
    "many for the tool; use fewer, or set scrub_keys and scrub_patterns in .env";
constexpr const char* kNotStarted =
    "the tool `dblog` could not be started; messages wait for the next start, or `dblog flush`";

std::string without_lock(const std::string& refusal) {
  return refusal + "; messages are sent without this lock, by more processes than are needed";
}

// The least severity that is sent.
struct Thresholds {
  config::SeveritySetting slack, email;
};

struct Chosen {
  Delivery delivery = Delivery::helper;
  ToolSearch search;
  fs::path env_file;     // empty: .env where the program is
  WantedChannels known;  // the user was told what they lack
  Thresholds thresholds;
  std::map<fs::path, std::chrono::steady_clock::time_point> started;  // for which database, when
  fs::path of_crashes = {};  // the database whose tool crashes start
};

// Used after main() too. A forked child takes over what its parent had chosen, unless a thread of
// the parent was at it: that one may hold the mutex in the child forever.
struct OfProcess {
  std::mutex mutex;  // guards what follows, and the starting of helpers from ordinary code
  std::optional<Chosen> chosen;
};

OfProcess& of_this_process() {
  static constinit process::PerProcess<OfProcess> values;
  return values.get_or_make([](OfProcess* of_parent) {
    auto mine = std::make_unique<OfProcess>();
    if (of_parent != nullptr && of_parent->mutex.try_lock()) {
      mine->chosen = of_parent->chosen;
      of_parent->mutex.unlock();
    }
    return mine;
  });
}

// What the tool's own settings are read from, and what HTTPS, dates and debug files need. Names
// only: the values stay where they are, in the environment, until a tool is started.
std::set<std::string> variables_of_tool(const fs::path& env_file) {
  std::set<std::string> names = {"PATH",
                                 "HOME",
                                 "LANG",
                                 "LC_ALL",
                                 "TZ",
                                 "https_proxy",
                                 "HTTPS_PROXY",
                                 "no_proxy",
                                 "NO_PROXY",
                                 "SSL_CERT_FILE",
                                 "SSL_CERT_DIR",
                                 "DEBUGINFOD_URLS",
                                 "DBLOG_TRUST",
                                 "XDG_CACHE_HOME",
                                 "DEBUGINFOD_CACHE_PATH"};
  // Whatever the settings ask for, ${NAME} in the file included.
  (void)config::load_settings(env_file, [&names](const std::string& name) {
    names.insert(name);
    return config::process_environment(name);
  });
  // libcurl would write the keys of its connections into that file.
  names.erase("SSLKEYLOGFILE");
  return names;
}

bool fill(crash::ToolCommand& command, const Chosen& choice, const fs::path& database) {
  bool fits = command.set_tool(choice.search.tool.native()) && command.add_argument("--db") &&
              command.add_argument(database.native()) && command.add_argument("--linger") &&
              command.add_argument(kLingerSeconds);
  if (!choice.env_file.empty()) {
    fits = fits && command.add_argument("--env-file") &&
           command.add_argument(choice.env_file.native());
  }
  std::set<std::string> variables = variables_of_tool(choice.env_file);
  for (const auto& [name, value] : scrub_settings_for_tool()) {
    variables.erase(name);
    fits = fits && command.add_value(name, value);
  }
  for (const std::string& name : variables) {
    fits = fits && command.add_variable(name);
  }
  if (!fits) command.clear();
  return fits;
}

// A new command each time: another thread may be crashing with the one before, which stays. False
// if it has no room; a crash starts none then.
bool prepare_for_crashes(const Chosen& choice) {
  if (choice.of_crashes.empty() || choice.search.tool.empty() ||
      choice.delivery != Delivery::helper) {
    return true;
  }
  static auto& all = *new std::forward_list<crash::ToolCommand>;  // guarded by OfProcess::mutex
  crash::ToolCommand& command = all.emplace_front();
  const bool fits = fill(command, choice, choice.of_crashes);
  if (fits) command.look_up_variables();
  crash::set_tool_of_crashes(fits ? &command : nullptr);
  if (!fits) all.pop_front();
  return fits;
}

// What the program asks for, unless a setting says otherwise.
Delivery setting_or(Delivery wanted, const std::optional<config::DeliverySetting>& setting) {
  if (!setting) return wanted;
  switch (*setting) {
    case config::DeliverySetting::none:
      return Delivery::none;
    case config::DeliverySetting::next_run:
      return Delivery::next_run;
    case config::DeliverySetting::helper:
      break;
  }
  return Delivery::helper;
}

Thresholds thresholds_of(const config::Settings& settings) {
  return {settings.slack_min_severity, settings.mail_min_severity};
}

// An unknown one is the usual one.
bool reaches(Severity severity, config::SeveritySetting least) {
  const Severity known = severity <= Severity::critical ? severity : Severity::error;
  return static_cast<int>(known) >= static_cast<int>(least);
}

Chosen& chosen_or_default(OfProcess& mine) {
  if (!mine.chosen) {
    const config::Settings settings = config::load_settings().settings;
    mine.chosen = Chosen{setting_or(Delivery::helper, settings.delivery),
                         find_tool(),
                         {},
                         {},
                         thresholds_of(settings),
                         {}};
  }
  return *mine.chosen;
}

// What keeps the messages of a channel from being sent, once.
void say_what_is_missing(Chosen& choice, WantedChannels wanted) {
  const WantedChannels fresh{wanted.slack && !choice.known.slack,
                             wanted.email && !choice.known.email};
  if (choice.delivery == Delivery::none || (!fresh.slack && !fresh.email)) return;
  const bool is_first = !choice.known.slack && !choice.known.email;
  choice.known = {choice.known.slack || wanted.slack, choice.known.email || wanted.email};
  if (is_first && !choice.search.refusal.empty()) {
    warn({"delivery: ", choice.search.refusal});
  }
  for (const std::string& line : unset_channels(config::load_settings(choice.env_file), fresh)) {
    warn({"settings: ", line});
  }
}

// What keeps a tool from being started, or makes more of them run than are needed.
bool is_new_trouble(std::string_view trouble) {
  static constinit WarnOnce said;
  return said.is_new(trouble);
}

void warn_once(std::string_view trouble) {
  if (is_new_trouble(trouble)) warn({"delivery: ", trouble});
}

bool was_just_started(const Chosen& choice, const fs::path& database) {
  const auto started = choice.started.find(database);
  return started != choice.started.end() &&
         std::chrono::steady_clock::now() - started->second < kSurelyThere;
}

bool is_tool_running(const Chosen& choice, const fs::path& database) {
  const sqlite::SenderSeen sender = sqlite::see_sender(database);
  if (sender.refusal.empty()) return sender.is_active;
  warn_once(without_lock(sender.refusal));
  return was_just_started(choice, database);
}

// Much may have changed since it was found.
bool may_be_started(Chosen& choice) {
  std::error_code error;
  if (!fs::exists(choice.search.tool, error)) return false;  // while a package is upgraded
  const std::string refusal = refusal_of_tool(choice.search.tool);
  if (refusal.empty()) return true;
  warn({"delivery: ", refusal, "; messages wait for `dblog flush`"});
  choice.search = {{}, refusal, true};
  crash::set_tool_of_crashes(nullptr);
  return false;
}

struct Start {
  crash::ToolCommand command;
  crash::ToolStacks stacks;
};

// Where the tool would become a child of this process, a thread has it as long as it runs.
bool run_in_thread(std::unique_ptr<Start> start) {
  // Inherited by the thread.
  const process::ScopedSignalBlock blocked{process::all_but_faults(), process::WriteSignals::stay};
  try {
    std::thread{[start = std::move(start)] {
      ::pthread_setname_np(::pthread_self(), "dblog-tool");
      process::block_all_but_faults();
      process::take_ordinary_schedule();
      crash::run_tool_unseen(start->command, start->stacks);
    }}.detach();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void start_unless_running(Chosen& choice, const fs::path& database) {
  const bool has_tool = !choice.search.tool.empty();
  if (!has_tool || is_tool_running(choice, database) || !may_be_started(choice)) return;
  auto start = std::make_unique<Start>();
  if (!fill(start->command, choice, database)) return warn_once(kTooMany);
  start->command.look_up_variables();
  const bool is_started = crash::adopts_orphans()
                              ? run_in_thread(std::move(start))
                              : crash::start_tool(start->command, start->stacks, 0);
  if (is_started) {
    choice.started[database] = std::chrono::steady_clock::now();
  } else {
    warn_once(kNotStarted);
  }
}

}  // namespace

std::vector<std::string> unset_channels(const config::LoadedSettings& loaded,
                                        WantedChannels wanted) {
  std::vector<std::string> lines;
  if (loaded.env_file_refused) return lines;
  const config::Settings& settings = loaded.settings;
  const char* const advice =
      base::is_secure_execution()
          ? "; a program with more rights than its caller reads settings only from the file that "
            "HandlerOptions::env_file names by an absolute path"
          : "; `dblog test-notify` names all that is missing";
  const auto add = [&](const char* key, const char* channel) {
    lines.push_back(std::string{key} + " is not set: messages for " + channel +
                    " wait in the outbox" + advice);
  };
  if (wanted.slack && settings.webhook.empty()) add("webhook", "Slack");
  if (wanted.email && settings.mail_server.empty()) add("mail_server", "e-mail");
  return lines;
}

std::string set_up_delivery(Delivery wanted, const fs::path& database, const fs::path& env_file,
                            WantedChannels of_crashes) {
  OfProcess& mine = of_this_process();
  const std::lock_guard lock{mine.mutex};
  crash::set_tool_of_crashes(nullptr);
  std::error_code error;
  const config::Settings settings = config::load_settings(env_file).settings;
  const Delivery delivery = setting_or(wanted, settings.delivery);
  // In secure-execution mode a relative path leads nowhere.
  const bool stays_as_it_is = env_file.empty() || base::is_secure_execution();
  Chosen& choice =
      mine.chosen.emplace(Chosen{delivery,
                                 {},
                                 stays_as_it_is ? env_file : fs::absolute(env_file, error),
                                 of_crashes,
                                 thresholds_of(settings),
                                 {}});
  choice.of_crashes = database;
  if (delivery == Delivery::none) return {};
  choice.search = find_tool();
  const bool has_messages = of_crashes.slack || of_crashes.email;
  if (!prepare_for_crashes(choice)) return has_messages ? kTooMany : "";
  // The tool also finds the names of frames, of which a program without messages should know.
  const bool lacks_names = delivery == Delivery::helper && choice.search.has_refused_tool;
  return has_messages || lacks_names ? choice.search.refusal : "";
}

void tell_tool_rules() {
  OfProcess& mine = of_this_process();
  const std::lock_guard lock{mine.mutex};
  if (mine.chosen && !prepare_for_crashes(*mine.chosen)) warn_once(kTooMany);
}

std::string lock_trouble(const fs::path& database) {
  const sqlite::SenderSeen sender = sqlite::see_sender(database);
  if (sender.refusal.empty()) return {};
  std::string trouble = without_lock(sender.refusal);
  return is_new_trouble(trouble) ? trouble : std::string{};
}

WantedChannels channels_for(Severity severity, WantedChannels wanted) noexcept {
  if (!wanted.slack && !wanted.email) return wanted;
  try {
    OfProcess& mine = of_this_process();
    const std::lock_guard lock{mine.mutex};
    const Thresholds& least = chosen_or_default(mine).thresholds;
    return {wanted.slack && reaches(severity, least.slack),
            wanted.email && reaches(severity, least.email)};
  } catch (const std::exception&) {
    return wanted;
  }
}

void wake_delivery(const fs::path& database, WantedChannels wanted) noexcept {
  try {
    OfProcess& mine = of_this_process();
    const std::lock_guard lock{mine.mutex};
    Chosen& choice = chosen_or_default(mine);
    say_what_is_missing(choice, wanted);
    if (choice.delivery == Delivery::helper) start_unless_running(choice, database);
  } catch (const std::exception&) {
    // Without memory for it the message waits for the next one.
  }
}

void deliver_what_is_left(const fs::path& database) noexcept {
  try {
    OfProcess& mine = of_this_process();
    const std::lock_guard lock{mine.mutex};
    Chosen& choice = chosen_or_default(mine);
    if (choice.delivery != Delivery::none) start_unless_running(choice, database);
  } catch (const std::exception&) {
    // As above.
  }
}

void keep_delivering(const fs::path& database) noexcept {
  try {
    OfProcess& mine = of_this_process();
    const std::lock_guard lock{mine.mutex};
    Chosen& choice = chosen_or_default(mine);
    if (choice.delivery != Delivery::helper || was_just_started(choice, database)) return;
    if (!sqlite::see_sender(database).stands_by) start_unless_running(choice, database);
  } catch (const std::exception&) {
    // As above.
  }
}

}  // namespace dblog::api
