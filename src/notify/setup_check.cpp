// Settings may also be made by hand, so what config checks is checked again where it is cheap.
#include "src/notify/setup_check.hpp"

#include <algorithm>
#include <string_view>

#include "src/config/setting_rules.hpp"

namespace dblog::notify {
namespace {

using Keys = std::vector<std::string_view>;

bool is_about(const Error& error, std::string_view key) {
  return error.why.size() > key.size() && error.why.starts_with(key) &&
         error.why[key.size()] == ' ';
}

const Error* find_error(const std::vector<Error>& errors, const Keys& keys) {
  const auto found = std::find_if(errors.begin(), errors.end(), [&](const Error& error) {
    return std::any_of(keys.begin(), keys.end(),
                       [&](std::string_view key) { return is_about(error, key); });
  });
  return found == errors.end() ? nullptr : &*found;
}

// The file itself, or a line that could not be read: that is where a missing key may be.
const Error* find_error_of_file(const std::vector<Error>& errors) {
  const Keys all = {"webhook",        "slack_app_name", "mail_server",  "server_port",
                    "username",       "password",       "sender_email", "recipient_email",
                    "email_app_name", "mail_security",  "ca_file"};
  const auto found = std::find_if(errors.begin(), errors.end(), [&](const Error& error) {
    return std::none_of(all.begin(), all.end(),
                        [&](std::string_view key) { return is_about(error, key); });
  });
  return found == errors.end() ? nullptr : &*found;
}

std::string missing_text(const Keys& missing, const std::vector<Error>& errors) {
  std::string text = missing.size() == 1 ? "missing setting: " : "missing settings: ";
  for (const std::string_view key : missing) {
    if (key != missing.front()) text += ", ";
    text += key;
    if (key == "webhook") text += " (a https URL)";
  }
  if (const Error* error = find_error_of_file(errors)) text += "; " + error->text();
  return text;
}

SetupCheck at_fault(std::string why) { return {Setup::at_fault, std::move(why)}; }

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

SetupCheck check_slack_setup(const config::Settings& settings, const std::vector<Error>& errors) {
  if (const Error* error = find_error(errors, {"webhook"})) return at_fault(error->text());
  if (settings.webhook.empty()) {
    return {Setup::absent, missing_text({"webhook"}, errors)};
  }
  if (!config::is_webhook_url(settings.webhook.reveal())) {
    return at_fault("webhook must be a https URL without a user name (http only to localhost)");
  }
  if (const Error* error = find_error(errors, {"ca_file"})) return at_fault(error->text());
  return {};
}

SetupCheck check_mail_setup(const config::Settings& settings, const std::vector<Error>& errors) {
  if (const Error* error = find_error(errors, {"mail_server", "server_port", "mail_security",
                                               "sender_email", "username", "password"})) {
    return at_fault(error->text());
  }
  const Error* recipient_error = find_error(errors, {"recipient_email"});
  Keys missing;
  if (settings.mail_server.empty()) missing.emplace_back("mail_server");
  if (settings.sender_email.empty()) missing.emplace_back("sender_email");
  if (settings.recipient_email.empty()) missing.emplace_back("recipient_email");
  const bool is_absent = missing.size() == 3 && recipient_error == nullptr;
  if (!settings.username.empty() && settings.password.empty()) missing.emplace_back("password");
  if (is_absent) return {Setup::absent, missing_text(missing, errors)};
  if (settings.recipient_email.empty() && recipient_error != nullptr) {
    return at_fault(recipient_error->text());
  }
  if (!missing.empty()) return at_fault(missing_text(missing, errors));
  if (!config::is_host(settings.mail_server)) {
    return at_fault("mail_server must be a host name or address alone");
  }
  if (!is_sendable_address(settings.sender_email)) return at_fault(address_failure("sender_email"));
  if (!std::all_of(settings.recipient_email.begin(), settings.recipient_email.end(),
                   is_sendable_address)) {
    return at_fault(address_failure("recipient_email"));
  }
  if (const Error* error = find_error(errors, {"ca_file"})) return at_fault(error->text());
  return {};
}

}  // namespace dblog::notify
