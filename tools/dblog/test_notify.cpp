// dblog test-notify.
#include "tools/dblog/test_notify.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "src/base/ascii.hpp"
#include "src/config/setting_rules.hpp"
#include "src/config/settings.hpp"
#include "src/notify/direct_message.hpp"
#include "src/notify/make_sender.hpp"
#include "src/notify/setup_check.hpp"
#include "tools/dblog/escape_text.hpp"

namespace dblog::tool {
namespace {

using notify::Setup;
using notify::Verdict;

struct Report {
  const char* channel;
  bool is_asked_for;  // by name
  notify::SetupCheck check;
  notify::Answer answer;

  [[nodiscard]] bool was_sent() const { return answer.verdict == Verdict::sent; }
};

std::string test_text() {
  std::array<char, HOST_NAME_MAX + 1> host{};
  const bool has_host = ::gethostname(host.data(), host.size() - 1) == 0;
  return "Test message of dblog\n\nSent by 'dblog test-notify'" +
         (has_host ? std::string(" on ") + host.data() : "") +
         ": messages of crashes and errors will arrive here.\n";
}

Report report_of(const char* channel, bool is_asked_for, const notify::SetupCheck& check,
                 notify::Sender& sender) {
  constexpr std::chrono::seconds kPatience{30};
  Report report{channel, is_asked_for, check, {}};
  report.answer = check.setup == Setup::ready
                      ? sender.send(notify::direct_message(test_text()),
                                    std::chrono::steady_clock::now() + kPatience)
                      : notify::Answer{Verdict::not_configured, check.why};
  return report;
}

std::vector<Report> reports_of(const TestNotifyOptions& options,
                               const config::LoadedSettings& loaded) {
  const bool both = options.slack == options.email;
  std::vector<Report> reports;
  if (both || options.slack) {
    const auto sender = notify::make_slack_sender(loaded.settings, loaded.errors);
    reports.push_back(report_of("slack", options.slack,
                                notify::check_slack_setup(loaded.settings, loaded.errors),
                                *sender));
  }
  if (both || options.email) {
    const auto sender = notify::make_mail_sender(loaded.settings, loaded.errors);
    reports.push_back(report_of("email", options.email,
                                notify::check_mail_setup(loaded.settings, loaded.errors), *sender));
  }
  return reports;
}

// A channel that is neither configured nor asked for is no failure, as long as another one works.
ExitCode exit_code_for(const std::vector<Report>& reports) {
  bool any_sent = false;
  for (const Report& report : reports) {
    any_sent = any_sent || report.was_sent();
    const bool is_wanted = report.is_asked_for || report.check.setup != Setup::absent;
    if (is_wanted && !report.was_sent()) return ExitCode::not_everything;
  }
  return any_sent ? ExitCode::done : ExitCode::not_everything;
}

std::string line_of(const Report& report) {
  std::string line = report.channel;
  if (report.was_sent()) {
    line += ": sent; the server said: " + report.answer.reply;
    if (!report.answer.reason.empty()) line += "; but " + report.answer.reason;
  } else if (report.check.setup == Setup::ready) {
    line += ": not sent: " + report.answer.reason;
  } else {
    // The lines above the channels have the errors.
    const std::string& why = report.check.beside.empty() ? report.check.why : report.check.beside;
    line += report.check.setup == Setup::absent ? ": not configured: " : ": not sent: ";
    line += why;
  }
  return escape_line(line) + '\n';
}

const std::vector<std::string>& environments_of(const Report& report,
                                                const config::Settings& settings) {
  return report.channel == std::string_view{"slack"} ? settings.slack_environments
                                                     : settings.mail_environments;
}

// Of which environments alerts are sent, if not of all.
std::string choice_line(const Report& report, const config::Settings& settings) {
  const std::vector<std::string>& chosen = environments_of(report, settings);
  if (chosen.empty()) return "";
  std::string line = std::string{report.channel} + ": only alerts of these environments are sent: ";
  for (const std::string& one : chosen) line += (&one == chosen.data() ? "" : ", ") + one;
  const bool is_among_them = std::any_of(chosen.begin(), chosen.end(), [&](const std::string& one) {
    return base::is_same_ignoring_case(one, settings.environment);
  });
  if (!settings.environment.empty() && !is_among_them) {
    line += "; the setting environment is " + settings.environment + ", whose alerts are not";
  }
  return escape_line(line) + '\n';
}

std::string plain_text(const std::vector<Report>& reports, const config::LoadedSettings& loaded) {
  std::string text;
  for (const config::SettingError& error : loaded.errors)
    text += "settings: " + escape_line(error.text()) + '\n';
  for (const Report& report : reports) {
    text += line_of(report) + choice_line(report, loaded.settings);
  }
  return text;
}

const char* state_of(const Report& report) {
  if (report.was_sent()) return "sent";
  if (report.check.setup == Setup::absent) return "not configured";
  return "failed";
}

std::string reports_json(const std::vector<Report>& reports, const config::LoadedSettings& loaded) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Report& report : reports) {
    json[report.channel] = {{"state", state_of(report)},
                            {"reply", report.answer.reply},
                            {"error", report.answer.reason},
                            {"environments", environments_of(report, loaded.settings)}};
  }
  json["settings_errors"] = nlohmann::ordered_json::array();
  for (const config::SettingError& error : loaded.errors)
    json["settings_errors"].push_back(error.text());
  return json.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace

Outcome test_notify(const TestNotifyOptions& options) {
  const auto loaded = config::load_settings(options.env_file);
  const std::vector<Report> reports = reports_of(options, loaded);
  return {exit_code_for(reports),
          options.json ? reports_json(reports, loaded) : plain_text(reports, loaded), ""};
}

}  // namespace dblog::tool
