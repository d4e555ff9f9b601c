// Each key looked up, checked and put into Settings.
#include "src/config/settings.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "src/base/ascii.hpp"
#include "src/base/secure_execution.hpp"
#include "src/config/misspelt_keys.hpp"
#include "src/config/setting_rules.hpp"
#include "src/config/trust_setting.hpp"
#include "src/config/wiped_text.hpp"
#include "src/schema/event_words.hpp"

namespace dblog::config {
namespace {

constexpr const char* kDefaultEnvFile = ".env";
constexpr const char* kEnvironment = "environment";  // as the source of a value
constexpr const char* kCallersChoice =
    "this program has more rights than its caller, who chose the working directory";
constexpr const char* kScrubKeys = "scrub_keys";
constexpr const char* kScrubPatterns = "scrub_patterns";
constexpr std::uint16_t kTlsPort = 465;
constexpr std::uint16_t kSubmissionPort = 587;
constexpr std::uint16_t kPlainPort = 25;

struct Found {
  std::string_view text;  // of the environment or the file
  std::string source;
};

std::filesystem::path absolute_path(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute;
}

class Loader {
 public:
  Loader(const EnvFile& file, const std::filesystem::path& path, const Environment& environment,
         std::vector<SettingError>& errors)
      : file_(file), path_(path), environment_(environment), errors_(errors) {}

  // Nothing when the key is absent or empty.
  [[nodiscard]] std::optional<Found> find(const std::string& key) const {
    Found found;
    if (const char* value = environment_(key)) {
      found = {value, kEnvironment};
    } else if (const auto it = file_.values.find(std::string_view{key}); it != file_.values.end()) {
      found = {it->second.text, path_.string() + ":" + std::to_string(it->second.line)};
    }
    if (found.text.empty()) return std::nullopt;
    return found;
  }

  void refuse(const Found& found, const std::string& key, const std::string& why,
              base::ErrorCode code = base::ErrorCode::invalid_argument) {
    errors_.push_back({{code, found.source, key + " " + why}, key});
  }

  // The text if `is_good` likes it, else empty and an error.
  template <typename Rule>
  std::string_view text(const std::string& key, const Rule& is_good, const std::string& why) {
    const auto found = find(key);
    if (!found) return {};
    if (is_good(found->text)) return found->text;
    refuse(*found, key, why);
    return {};
  }

  std::string_view plain_text(const std::string& key) {
    return text(key, is_printable_text,
                "must be UTF-8 without control characters; in double quotes a backslash starts "
                "an escape, single quotes keep it");
  }

  std::vector<std::string> addresses(const std::string& key) {
    std::vector<std::string> good;
    const auto found = find(key);
    if (!found) return good;
    std::size_t number = 0;
    for (const std::string_view address : split_at(',', found->text)) {
      ++number;
      if (is_mail_address(address)) {
        good.emplace_back(address);
      } else {
        refuse(*found, key,
               "must be addresses such as user@example.org with commas between them; number " +
                   std::to_string(number) + " is not one");
      }
    }
    return good;
  }

  // All of them or none: without one of them its alerts would be lost.
  std::vector<std::string> environments(const std::string& key) {
    const auto found = find(key);
    if (!found) return {};
    const auto names = split_at(',', found->text);
    if (!names.empty() && std::all_of(names.begin(), names.end(), is_environment)) {
      return {names.begin(), names.end()};
    }
    refuse(*found, key,
           "must be names of environments with commas between them, such as prod, staging; until "
           "then alerts of all environments are sent");
    return {};
  }

  void port_and_security(Settings& settings) {
    const auto security = mail_security();
    settings.server_port = security == MailSecurity::tls    ? kTlsPort
                           : security == MailSecurity::none ? kPlainPort
                                                            : kSubmissionPort;
    if (const auto found = find("server_port")) {
      if (const auto port = parse_port(found->text)) {
        settings.server_port = *port;
      } else {
        refuse(*found, "server_port", "must be a number from 1 to 65535");
      }
    }
    const bool is_tls_port = settings.server_port == kTlsPort;
    settings.mail_security =
        security.value_or(is_tls_port ? MailSecurity::tls : MailSecurity::starttls);
  }

  std::filesystem::path ca_file() {
    const auto found = find("ca_file");
    if (!found) return {};
    std::filesystem::path path = found->text;
    if (path.is_relative() && base::is_secure_execution()) {
      refuse(*found, "ca_file", std::string{"must be absolute: "} + kCallersChoice);
      return {};
    }
    path = absolute_path(path);
    struct stat status {};
    const bool is_file = ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
    if (is_file && ::access(path.c_str(), R_OK) == 0) return path;
    refuse(*found, "ca_file", "must name a PEM file that this program can read",
           is_file ? base::ErrorCode::permission : base::ErrorCode::not_found);
    return {};
  }

  // Whether they are there is asked where they are used: by the tool, which may be elsewhere.
  std::vector<std::filesystem::path> directories(const std::string& key) {
    std::vector<std::filesystem::path> good;
    const auto found = find(key);
    if (!found) return good;
    for (const std::string_view part : split_at(':', found->text)) {
      if (auto path = path_of_setting(part, *found)) {
        good.push_back(*std::move(path));
      } else {
        refuse(*found, key, std::string{"must be absolute: "} + kCallersChoice);
      }
    }
    return good;
  }

  PathMap path_map() {
    PathMap map;
    const auto found = find("path_map");
    if (!found) return map;
    std::size_t number = 0;
    for (const std::string_view pair : split_at(':', found->text)) {
      ++number;
      const std::size_t sign = pair.find('=');
      const bool is_pair = sign != std::string_view::npos && sign > 0 && sign + 1 < pair.size();
      const auto to = is_pair ? path_of_setting(pair.substr(sign + 1), *found) : std::nullopt;
      if (to) {
        map.add(pair.substr(0, sign), *to);
      } else if (is_pair) {
        refuse(*found, "path_map", std::string{"must be absolute: "} + kCallersChoice);
      } else {
        refuse(*found, "path_map",
               "must be FROM=TO with colons between several, such as /build/src=/home/me/src; "
               "number " +
                   std::to_string(number) + " is not one");
      }
    }
    return map;
  }

  void look_for_misspelt_keys() {
    auto found = find_misspelt_keys(file_, path_.string(), environment_);
    errors_.insert(errors_.end(), std::make_move_iterator(found.begin()),
                   std::make_move_iterator(found.end()));
  }

  std::optional<DeliverySetting> delivery() {
    const auto found = find("DBLOG_DELIVERY");
    if (!found) return std::nullopt;
    if (base::is_same_ignoring_case(found->text, "helper")) return DeliverySetting::helper;
    if (base::is_same_ignoring_case(found->text, "next_run")) return DeliverySetting::next_run;
    if (base::is_same_ignoring_case(found->text, "none")) return DeliverySetting::none;
    refuse(*found, "DBLOG_DELIVERY", "must be helper, next_run or none");
    return std::nullopt;
  }

  bool is_on(const std::string& key) {
    const auto found = find(key);
    if (!found || base::is_same_ignoring_case(found->text, "false")) return false;
    if (base::is_same_ignoring_case(found->text, "true")) return true;
    refuse(*found, key, "must be true or false");
    return false;
  }

  // Those that can be used; one fault keeps none of the others.
  scrub::RuleTexts scrub_rules() {
    scrub::RuleTexts all;
    const auto keys = find(kScrubKeys);
    if (keys) {
      for (const std::string_view key : split_at(',', keys->text)) all.keys.emplace_back(key);
    }
    const auto patterns = find(kScrubPatterns);
    if (patterns) {
      for (const std::string_view line : split_at('\n', patterns->text)) {
        all.patterns.emplace_back(line);
      }
    }
    std::vector<scrub::RuleFault> faults;
    scrub::RuleTexts usable = scrub::usable_rules(all, faults);
    for (const scrub::RuleFault& fault : faults) {
      const bool is_key = fault.kind == scrub::RuleKind::key;
      refuse(is_key ? *keys : *patterns, is_key ? kScrubKeys : kScrubPatterns,
             "number " + std::to_string(fault.number) + ' ' + fault.why);
    }
    return usable;
  }

  SeveritySetting min_severity(const std::string& key) {
    const auto found = find(key);
    if (!found) return SeveritySetting::info;
    for (std::size_t i = 0; i < std::size(schema::kSeverityWords); ++i) {
      if (base::is_same_ignoring_case(found->text, schema::kSeverityWords[i])) {
        return static_cast<SeveritySetting>(i);
      }
    }
    refuse(*found, key, "must be info, warning, error or critical");
    return SeveritySetting::info;
  }

  Retention retention() {
    Retention retention;
    retention.days = table_limits("DBLOG_MAX_DAYS");
    retention.rows = table_limits("DBLOG_MAX_ROWS");
    retention.megabytes = table_limits("DBLOG_MAX_MB");
    const TableLimits boxes = table_limits("DBLOG_BOX_DAYS");
    retention.box_days =
        std::min(boxes.general.value_or(retention.box_days), Retention::kLongestDays);
    return retention;
  }

 private:
  // Beside the file that names it; of the environment, in the working directory.
  [[nodiscard]] std::optional<std::filesystem::path> path_of_setting(std::string_view text,
                                                                     const Found& found) const {
    std::filesystem::path path = text;
    if (path.is_absolute()) return path;
    if (base::is_secure_execution()) return std::nullopt;
    if (found.source != kEnvironment) path = path_.parent_path() / path;
    return absolute_path(path).lexically_normal();
  }

  TableLimits table_limits(const std::string& key) {
    const auto found = find(key);
    if (!found) return {};
    if (auto limits = parse_table_limits(found->text)) return *std::move(limits);
    refuse(*found, key,
           "must be a whole number, 0 for no limit; for single tables TABLE=NUMBER, with commas "
           "between them, such as 90, trace=7");
    return {};
  }

  std::optional<MailSecurity> mail_security() {
    const auto found = find("mail_security");
    if (!found) return std::nullopt;
    if (base::is_same_ignoring_case(found->text, "tls")) return MailSecurity::tls;
    if (base::is_same_ignoring_case(found->text, "starttls")) return MailSecurity::starttls;
    if (base::is_same_ignoring_case(found->text, "none")) return MailSecurity::none;
    refuse(*found, "mail_security", "must be tls, starttls or none");
    return std::nullopt;
  }

  const EnvFile& file_;
  const std::filesystem::path& path_;
  const Environment& environment_;
  std::vector<SettingError>& errors_;
};

EnvFile load_file(const std::filesystem::path& env_file, const Environment& environment,
                  LoadedSettings& loaded) {
  const bool is_named = !env_file.empty();
  if (base::is_secure_execution() && !env_file.is_absolute()) {
    EnvFile none;
    if (is_named) {
      none.errors.push_back({base::ErrorCode::invalid_argument, env_file.string(),
                             std::string{"is not read; name an absolute path: "} + kCallersChoice});
    }
    return none;
  }
  loaded.env_file = absolute_path(is_named ? env_file : kDefaultEnvFile);
  return load_env_file(loaded.env_file, is_named ? IfMissing::error : IfMissing::fine, environment);
}

// Not inlined: what it leaves on the stack is wiped by its caller.
[[gnu::noinline]] LoadedSettings load(const std::filesystem::path& env_file,
                                      const Environment& environment) {
  LoadedSettings loaded;
  if (auto error = adopt_trust_setting())
    loaded.errors.push_back({*std::move(error), "DBLOG_TRUST"});
  EnvFile file = load_file(env_file, environment, loaded);
  loaded.env_file_found = file.found;
  loaded.env_file_refused = !file.found && !file.errors.empty();
  for (base::Error& error : file.errors) loaded.errors.push_back({std::move(error)});

  Loader loader{file, loaded.env_file, environment, loaded.errors};
  Settings& settings = loaded.settings;
  settings.webhook = Secret{loader.text(
      "webhook", is_webhook_url,
      "must be an https URL without a user name (http only to localhost); copy it from Slack")};
  settings.slack_app_name = loader.plain_text("slack_app_name");
  settings.slack_min_severity = loader.min_severity("slack_min_severity");
  settings.mail_min_severity = loader.min_severity("mail_min_severity");
  settings.slack_environments = loader.environments("slack_environments");
  settings.mail_environments = loader.environments("mail_environments");
  settings.mail_server =
      loader.text("mail_server", is_host,
                  "must be a host such as smtp.example.org alone; the port is server_port");
  loader.port_and_security(settings);
  settings.username = Secret{loader.plain_text("username")};
  settings.password = Secret{loader.plain_text("password")};
  settings.email_app_name = loader.plain_text("email_app_name");
  settings.sender_email =
      loader.text("sender_email", is_mail_address, "must be one address such as user@example.org");
  settings.recipient_email = loader.addresses("recipient_email");
  settings.ca_file = loader.ca_file();
  settings.debug_dirs = loader.directories("debug_dirs");
  settings.path_map = loader.path_map();
  settings.journal = loader.is_on("journal");
  settings.environment = loader.plain_text("environment");
  settings.delivery = loader.delivery();
  settings.scrub = loader.scrub_rules();
  settings.retention = loader.retention();
  // A limit that cannot be read may be "none": nothing is removed for the default one's sake.
  if (loaded.env_file_refused && !settings.retention.megabytes.general) {
    settings.retention.megabytes.general = 0;
  }
  loader.look_for_misspelt_keys();
  return loaded;
}

}  // namespace

LoadedSettings load_settings(const std::filesystem::path& env_file,
                             const Environment& environment) {
  LoadedSettings loaded = load(env_file, environment);
  wipe_stack();
  return loaded;
}

}  // namespace dblog::config
