// A database with alerts that wait, servers on loopback that take them, and bare libcurl that sends
// the same messages. Used by benchmark_flush.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <curl/curl.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "src/config/settings.hpp"
#include "src/notify/mail_message.hpp"
#include "src/notify/slack_payload.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/test_database.hpp"

namespace dblog::benchmark {

/// The stand-in servers of the tests, and the settings for them. They keep no diary.
class Servers {
 public:
  Servers() {
    settings.webhook = config::Secret{"http://127.0.0.1:" + std::to_string(slack_.port()) +
                                      "/services/T0SECRET/B0SECRET/topsecret"};
    settings.slack_app_name = "Shop";
    settings.mail_server = "127.0.0.1";
    settings.server_port = mail_.port();
    settings.mail_security = config::MailSecurity::none;
    settings.sender_email = "shop@example.org";
    settings.recipient_email = {"ops@example.org"};
  }

  /// For `dblog flush`.
  void write_settings(const std::filesystem::path& file) const {
    std::ofstream{file} << "webhook=" << settings.webhook.reveal()
                        << "\nslack_app_name=Shop\nmail_server=127.0.0.1\nserver_port="
                        << settings.server_port
                        << "\nmail_security=none\nsender_email=shop@example.org\n"
                           "recipient_email=ops@example.org\n";
  }

  config::Settings settings;

 private:
  const test::ServerProcess slack_{{"slack_server.py", "--lifetime", "1200", "ok"}};
  const test::ServerProcess mail_{{"smtp_server.py", "--lifetime", "1200"}};
};

/// Every message that was sent from `database`, as it was sent.
inline std::vector<notify::Message> messages_of(const std::filesystem::path& database) {
  SQLite::Database reader{database.string(), SQLite::OPEN_READONLY};
  SQLite::Statement rows{reader,
                         "SELECT o.uuid, coalesce(d.subject, o.subject), coalesce(d.body, o.body), "
                         "o.created FROM outbox o LEFT JOIN outbox_digests d ON d.carrier_id = "
                         "o.id WHERE o.state = 'sent' AND o.id NOT IN (SELECT outbox_id FROM "
                         "outbox_folds)"};
  std::vector<notify::Message> messages;
  while (rows.executeStep()) {
    messages.push_back({rows.getColumn(0).getString(), rows.getColumn(1).getString(),
                        rows.getColumn(2).getString(), rows.getColumn(3).getString()});
  }
  return messages;
}

/// What a program would do by hand: the same bytes, nothing written down.
class BareCurl {
 public:
  /// `keeps_connection`: one for all messages, else one each, as dblog has it.
  explicit BareCurl(bool keeps_connection) : keeps_connection_(keeps_connection) {}
  BareCurl(const BareCurl&) = delete;
  BareCurl& operator=(const BareCurl&) = delete;
  ~BareCurl() { ::curl_easy_cleanup(handle_); }

  void post(const config::Settings& settings, const notify::Message& message) {
    const std::string body = notify::slack_payload(settings, message);
    curl_slist* headers =
        ::curl_slist_append(nullptr, "Content-Type: application/json; charset=utf-8");
    begin(std::string{settings.webhook.reveal()});
    ::curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers);
    ::curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, body.c_str());
    ::curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    end(headers);
  }

  void mail(const config::Settings& settings, const notify::Message& message) {
    Text text{notify::mail_message(settings, message, notify::mail_date(std::time(nullptr)))};
    curl_slist* recipients = nullptr;
    for (const std::string& recipient : settings.recipient_email) {
      recipients = ::curl_slist_append(recipients, recipient.c_str());
    }
    begin("smtp://127.0.0.1:" + std::to_string(settings.server_port) + "/");
    ::curl_easy_setopt(handle_, CURLOPT_MAIL_FROM, settings.sender_email.c_str());
    ::curl_easy_setopt(handle_, CURLOPT_MAIL_RCPT, recipients);
    ::curl_easy_setopt(handle_, CURLOPT_UPLOAD, 1L);
    ::curl_easy_setopt(handle_, CURLOPT_READFUNCTION, &Text::read);
    ::curl_easy_setopt(handle_, CURLOPT_READDATA, &text);
    ::curl_easy_setopt(handle_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(text.all.size()));
    end(recipients);
  }

 private:
  struct Text {
    std::string all;
    std::size_t at = 0;

    static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* self) {
      auto& text = *static_cast<Text*>(self);
      const std::size_t part = text.all.copy(buffer, size * count, text.at);
      text.at += part;
      return part;
    }
  };

  static std::size_t forget(char* /*data*/, std::size_t size, std::size_t count, void* /*self*/) {
    return size * count;
  }

  void begin(const std::string& url) {
    if (handle_ == nullptr) handle_ = ::curl_easy_init();
    ::curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(handle_, CURLOPT_PROXY, "");
    ::curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, &BareCurl::forget);
  }

  void end(curl_slist* list) {
    const CURLcode code = ::curl_easy_perform(handle_);
    ::curl_slist_free_all(list);
    if (code != CURLE_OK) throw std::runtime_error(::curl_easy_strerror(code));
    if (keeps_connection_) return;
    ::curl_easy_cleanup(handle_);
    handle_ = nullptr;
  }

  const bool keeps_connection_;
  CURL* handle_ = nullptr;
};

}  // namespace dblog::benchmark
