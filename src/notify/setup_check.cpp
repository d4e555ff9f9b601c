// Settings may also be made by hand, so what config checks is checked again where it is cheap.
#include "src/notify/setup_check.hpp"

#include <algorithm>
#include <string_view>

#include "src/config/setting_rules.hpp"

namespace dblog::notify {
namespace {

using Keys = std::vector<std::string_view>;

bool is_about(const config::SettingError& error, std::string_view key) {
  return error.key == key && !error.is_misspelt;
}

bool has_error(const std::vector<config::SettingError>& errors, std::string_view key) {
  return std::any_of(errors.begin(), errors.end(),
                     [&](const config::SettingError& error) { return is_about(error, key); });
}

// What may be why a key is missing: its misspelling, a line that could not be read, or the file.
const base::Error* find_reason(const Keys& missing,
                               const std::vector<config::SettingError>& errors) {
  const auto found = std::find_if(errors.begin(), errors.end(), [&](const auto& error) {
    if (!error.is_misspelt) return error.key.empty();
    return std::find(missing.begin(), missing.end(), error.key) != missing.end();
  });
  return found == errors.end() ? nullptr : &*found;
}

std::string missing_text(const Keys& missing) {
  std::string text = missing.size() == 1 ? "missing setting: " : "missing settings: ";
  for (const std::string_view key : missing) {
    if (key != missing.front()) text += ", ";
    text += key;
    if (key == "webhook") text += " (an https URL)";
  }
  return text;
}

// All of them at once, so that they can be mended in one go.
class Faults {
 public:
  explicit Faults(const std::vector<config::SettingError>& errors) : errors_(errors) {}

  void add(const std::string& why) {
    append(check_.why, why);
    append(check_.beside, why);
  }
  void add_errors_of(std::string_view key) {
    for (const config::SettingError& error : errors_) {
      if (is_about(error, key)) append(check_.why, error.text());
    }
  }
  void add_missing(const Keys& keys) {
    add(missing_text(keys));
    if (const base::Error* error = find_reason(keys, errors_)) append(check_.why, error->text());
  }
  [[nodiscard]] bool is_empty() const { return check_.why.empty(); }

  [[nodiscard]] SetupCheck check(Setup setup = Setup::at_fault) && {
    if (!is_empty()) check_.setup = setup;
    return std::move(check_);
  }

 private:
  static void append(std::string& text, const std::string& why) {
    text += (text.empty() ? "" : "; ") + why;
  }

  const std::vector<config::SettingError>& errors_;
  SetupCheck check_;
};

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// A header must be ASCII, and few servers take other addresses.
bool is_sendable_address(const std::string& address) {
  return config::is_mail_address(address) && is_ascii(address);
}

std::string address_failure(const char* key) {
  return std::string(key) + " must be ASCII addresses; a domain with other letters has an ASCII " +
         "form that starts with xn--";
}

}  // namespace

SetupCheck check_slack_setup(const config::Settings& settings,
                             const std::vector<config::SettingError>& errors) {
  Faults faults(errors);
  faults.add_errors_of("webhook");
  if (settings.webhook.empty()) {
    if (faults.is_empty()) {
      faults.add_missing({"webhook"});
      return std::move(faults).check(Setup::absent);
    }
  } else if (!config::is_webhook_url(settings.webhook.reveal())) {
    faults.add("webhook must be an https URL without a user name (http only to localhost)");
  }
  faults.add_errors_of("ca_file");
  return std::move(faults).check();
}

SetupCheck check_mail_setup(const config::Settings& settings,
                            const std::vector<config::SettingError>& errors) {
  Faults faults(errors);
  for (const char* key :
       {"mail_server", "server_port", "mail_security", "sender_email", "username", "password"}) {
    faults.add_errors_of(key);
  }
  // A recipient at fault does not keep mail from the others.
  if (settings.recipient_email.empty()) faults.add_errors_of("recipient_email");
  Keys missing;
  const auto need = [&](std::string_view key, bool is_set) {
    if (!is_set && !has_error(errors, key)) missing.push_back(key);
  };
  need("mail_server", !settings.mail_server.empty());
  need("sender_email", !settings.sender_email.empty());
  need("recipient_email", !settings.recipient_email.empty());
  const bool is_absent = missing.size() == 3 && faults.is_empty();
  need("password", settings.username.empty() || !settings.password.empty());
  if (!missing.empty()) faults.add_missing(missing);
  if (is_absent) return std::move(faults).check(Setup::absent);
  if (!settings.mail_server.empty() && !config::is_host(settings.mail_server)) {
    faults.add("mail_server must be a host name or address alone");
  }
  if (!settings.sender_email.empty() && !is_sendable_address(settings.sender_email)) {
    faults.add(address_failure("sender_email"));
  }
  if (!std::all_of(settings.recipient_email.begin(), settings.recipient_email.end(),
                   is_sendable_address)) {
    faults.add(address_failure("recipient_email"));
  }
  faults.add_errors_of("ca_file");
  return std::move(faults).check();
}

}  // namespace dblog::notify
