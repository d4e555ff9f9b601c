// A channel's settings for a server on loopback, and what became of a message sent there.
#pragma once

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/config/settings.hpp"
#include "src/notify/make_sender.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace dblog::test {

inline constexpr const char* kWebhookPath = "/services/T0SECRET/B0SECRET/topsecret";

inline const notify::Message kMessage{"843f1df2-f82c-498f-928f-d798dcadea30", "disk full",
                                      "disk full\n\nHost: web1\n", "2026-01-31 12:00:00.000000"};

struct Sent {
  notify::Answer answer;
  std::chrono::milliseconds took{};
};

inline Sent send(notify::Sender& sender, const notify::Message& message = kMessage,
                 std::chrono::milliseconds patience = std::chrono::seconds{20}) {
  const auto start = std::chrono::steady_clock::now();
  Sent sent{sender.send(message, start + patience)};
  sent.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  return sent;
}

inline config::Settings slack_settings(const std::string& base, const ServerProcess& server) {
  config::Settings settings;
  settings.webhook = config::Secret{base + ":" + std::to_string(server.port()) + kWebhookPath};
  settings.slack_app_name = "Shop";
  return settings;
}

inline config::Settings mail_settings(const ServerProcess& server, config::MailSecurity security) {
  config::Settings settings;
  settings.mail_server = "127.0.0.1";
  settings.server_port = server.port();
  settings.mail_security = security;
  settings.sender_email = "shop@example.org";
  settings.recipient_email = {"ops@example.org"};
  settings.email_app_name = "Shop";
  settings.ca_file = certificates() / "ca.pem";
  return settings;
}

/// What a server wrote down, an object a line; without one that it is just writing.
inline std::vector<nlohmann::json> diary_of(const std::filesystem::path& file) {
  std::vector<nlohmann::json> entries;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line) && !lines.eof();) {
    entries.push_back(nlohmann::json::parse(line));
  }
  return entries;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace dblog::test
