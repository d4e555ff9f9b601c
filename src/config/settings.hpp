// Where messages go and how: from the environment, then from .env.
//
//   const LoadedSettings loaded = load_settings(options.env_file);
//   for (const SettingError& error : loaded.errors) report(error.text());
//
// Called when handlers are installed and when messages are sent; never at crash time. Values of
// settings are in no error: a webhook, a user name and a password are secrets, and the others are
// easily taken for one another.
// Threads: reads the environment; no other thread may change it meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/config/env_file.hpp"
#include "src/config/path_map.hpp"
#include "src/config/retention.hpp"
#include "src/config/secret.hpp"
#include "src/config/setting_error.hpp"
#include "src/scrub/rules.hpp"

namespace dblog::config {

enum class MailSecurity {
  tls,       ///< TLS from the first byte (port 465).
  starttls,  ///< Plain at first, then TLS or nothing is sent.
  none,      ///< Never encrypted.
};

/// As dblog::Delivery (dblog/handlers.hpp).
enum class DeliverySetting { none, next_run, helper };

/// As dblog::Severity (dblog/event_field.hpp), in its order.
enum class SeveritySetting : std::uint8_t { info, warning, error, critical };

/// Each member is named after its key. Empty: not set. What is set is usable: a value that is not
/// is an error and counts as not set.
struct Settings {
  Secret webhook;              ///< A https URL; http only to this machine.
  std::string slack_app_name;  ///< The name above a message in Slack.
  SeveritySetting slack_min_severity = SeveritySetting::info;  ///< Below it nothing is sent.
  std::vector<std::string> slack_environments;  ///< Alerts of other environments are not sent.
  std::string mail_server;                      ///< A host name or address, without a port.
  std::uint16_t server_port = 587;              ///< Default: 465 for tls, 25 for none, else 587.
  Secret username;
  Secret password;
  std::string email_app_name;                ///< The sender's name in an e-mail.
  std::string sender_email;                  ///< user@host
  std::vector<std::string> recipient_email;  ///< Commas between them in the file.
  SeveritySetting mail_min_severity = SeveritySetting::info;
  std::vector<std::string> mail_environments;
  MailSecurity mail_security = MailSecurity::starttls;  ///< Default: tls on port 465.
  std::filesystem::path
      ca_file;  ///< PEM file of authorities trusted besides the system's, absolute.
  std::vector<std::filesystem::path> debug_dirs;  ///< Absolute; colons between them in the file.
  PathMap path_map;                               ///< FROM=TO, likewise; every TO is absolute.
  bool journal = false;                           ///< Crashes go to the systemd journal, too.
  std::string environment;                        ///< Where the program runs: prod, staging, …
  std::optional<DeliverySetting> delivery;        ///< DBLOG_DELIVERY.
  scrub::RuleTexts scrub;                         ///< scrub_keys, scrub_patterns.
  Retention retention;  ///< DBLOG_MAX_DAYS, DBLOG_MAX_ROWS, DBLOG_MAX_MB, DBLOG_BOX_DAYS.
};

struct LoadedSettings {
  Settings settings;
  std::filesystem::path env_file;  ///< Absolute; the file that was looked for. Empty: none was.
  bool env_file_found = false;
  bool env_file_refused = false;  ///< There is one, or one was named, and it was not read.
  std::vector<SettingError>
      errors;  ///< Each names its key and source ("environment" or "path:line").
};

/// Reads `env_file`, by default .env in the working directory; only a file that is named must
/// exist. A variable of the environment wins over the file, an empty one too: that is how to turn
/// a setting off for one run. Other keys in the file are the program's own and are ignored,
/// except our own keys with a misspelling (misspelt_keys.hpp), which are errors. In a program with
/// more rights than its caller only a file counts that is named by an absolute path. No copy of a
/// secret is left in memory but those in the result. Throws nothing but std::bad_alloc.
[[nodiscard]] LoadedSettings load_settings(const std::filesystem::path& env_file = {},
                                           const Environment& environment = process_environment);

}  // namespace dblog::config
