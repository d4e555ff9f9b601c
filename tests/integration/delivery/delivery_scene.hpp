// A directory with settings, a database, and what the servers that the settings name were sent.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/integration/notify/channel.hpp"
#include "tests/support/run_child.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

namespace dblog::test {

inline constexpr const char* kUser = "shopkeeper77";
inline constexpr const char* kPassword = "hunter2supersecret";

template <typename Condition>
bool comes_true(const Condition& condition, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return true;
}

class DeliveryScene {
 public:
  using Arguments = std::vector<std::string>;

  /// Scripts of tests/servers/ with their options; the mail server's settings beyond the usual.
  DeliveryScene(const Arguments& slack, const Arguments& mail, const std::string& settings = "")
      : slack_(with_diary(slack, slack_diary_)), mail_(with_diary(mail, mail_diary_)) {
    make_database(directory / "LOGS.db");
    directory.write(".env", "webhook=http://127.0.0.1:" + std::to_string(slack_.port()) +
                                kWebhookPath + "\nslack_app_name=Shop\nmail_server=127.0.0.1\n" +
                                "server_port=" + std::to_string(mail_.port()) +
                                "\nmail_security=none\nsender_email=shop@example.org\n"
                                "recipient_email=ops@example.org\n" +
                                settings);
  }

  [[nodiscard]] ChildResult tool(Arguments arguments) const {
    arguments.insert(arguments.begin(), DBLOG_TOOL);
    return run(std::move(arguments));
  }

  [[nodiscard]] ChildResult program(const std::string& delivery, const std::string& what,
                                    const std::string& release = "1.2.3") const {
    return run({DELIVERING_PROGRAM, delivery, what, release});
  }

  /// Any program, in the directory.
  [[nodiscard]] ChildResult run(Arguments arguments) const {
    ChildOptions child;
    child.arguments = std::move(arguments);
    child.directory = directory.path();
    child.environment = {"DBLOG_DB",
                         std::string("PATH=") + DBLOG_TOOL_DIRECTORY + ":/usr/bin:/bin"};
    return run_child(child);
  }

  void add_setting(const std::string& line) const {
    std::ofstream{directory / ".env", std::ios::app} << line;
  }

  void add(const std::string& channel, const std::string& text) const {
    SQLite::Database database((directory / "LOGS.db").string(), SQLite::OPEN_READWRITE, 10'000);
    SQLite::Statement row(database,
                          "INSERT INTO outbox (uuid, channel, subject, body, created) VALUES "
                          "(hex(randomblob(16)), ?1, ?2, ?2, '2026-01-31 12:00:00.000000')");
    row.bind(1, channel);
    row.bind(2, text);
    row.exec();
  }

  /// One value of the first row.
  [[nodiscard]] std::string query(const std::string& sql) const {
    SQLite::Database database((directory / "LOGS.db").string(), SQLite::OPEN_READWRITE, 10'000);
    return database.execAndGet(sql).getString();
  }

  /// As SQLite's datetime() takes it: "1 hour", "-1 second".
  void set_due_in(const std::string& wait) const {
    SQLite::Database database((directory / "LOGS.db").string(), SQLite::OPEN_READWRITE, 10'000);
    database.exec("UPDATE outbox SET next_attempt = datetime('now', 'localtime', '" + wait +
                  "') WHERE state = 'pending'");
  }

  void make_due() const {
    SQLite::Database database((directory / "LOGS.db").string(), SQLite::OPEN_READWRITE, 10'000);
    database.exec("UPDATE outbox SET next_attempt = 0 WHERE state = 'pending'");
  }

  /// The texts that arrived.
  [[nodiscard]] std::vector<std::string> slack_texts() const {
    std::vector<std::string> texts;
    for (const auto& payload : slack_payloads()) texts.push_back(payload["text"]);
    return texts;
  }
  [[nodiscard]] std::vector<nlohmann::json> slack_payloads() const {
    std::vector<nlohmann::json> payloads;
    for (const auto& request : diary_of(slack_diary_)) {
      payloads.push_back(nlohmann::json::parse(request["body"].get<std::string>()));
    }
    return payloads;
  }
  [[nodiscard]] std::vector<nlohmann::json> mails() const {
    std::vector<nlohmann::json> mails = diary_of(mail_diary_);
    std::erase_if(mails, [](const auto& entry) { return entry.value("event", "") != "message"; });
    return mails;
  }

  [[nodiscard]] bool have_arrived(std::size_t messages) const {
    return slack_texts().size() == messages && mails().size() == messages;
  }

  TemporaryDirectory directory;

 private:
  static Arguments with_diary(Arguments arguments, const std::filesystem::path& diary) {
    arguments.insert(arguments.begin() + 1, {"--diary", diary.string()});
    return arguments;
  }

  TemporaryDirectory diaries_;
  std::filesystem::path slack_diary_ = diaries_ / "slack";
  std::filesystem::path mail_diary_ = diaries_ / "mail";
  const ServerProcess slack_;
  const ServerProcess mail_;
};

}  // namespace dblog::test
