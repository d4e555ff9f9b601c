// A database with messages in its outbox, and senders that answer as a test says.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "src/outbox/delivery.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"

namespace dblog::test {

inline notify::Answer took_it() { return {notify::Verdict::sent, "ok", std::nullopt}; }

/// Remembers what it was given; threads: any.
class FakeSender : public notify::Sender {
 public:
  using Reply = std::function<notify::Answer(const notify::Message&)>;

  explicit FakeSender(Reply reply = [](const notify::Message&) { return took_it(); })
      : reply_(std::move(reply)) {}

  notify::Answer send(const notify::Message& message,
                      std::chrono::steady_clock::time_point /*give_up_at*/) noexcept override {
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(message);
    }
    return reply_(message);
  }

  [[nodiscard]] std::string why_not_configured() const override { return missing; }

  std::string missing;  ///< Of its settings.

  [[nodiscard]] std::vector<notify::Message> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  [[nodiscard]] std::vector<std::string> subjects() const {
    std::vector<std::string> found;
    for (const auto& message : messages()) found.push_back(message.subject);
    return found;
  }

 private:
  Reply reply_;
  mutable std::mutex mutex_;
  std::vector<notify::Message> messages_;
};

struct OutboxScene {
  TemporaryDirectory directory;
  std::filesystem::path path = directory / "LOGS.db";
  SQLite::Database database = make_database(path);
  outbox::DeliveryOptions options;

  // A flush in another thread may just be writing.
  OutboxScene() { database.setBusyTimeout(10'000); }

  void add(const std::string& channel, const std::string& text, int count = 1) {
    SQLite::Transaction transaction(database);
    SQLite::Statement row(database,
                          "INSERT INTO outbox (uuid, channel, subject, body, created, "
                          "source_table, source_id) VALUES (hex(randomblob(16)), ?1, ?2, ?3, "
                          "'2026-01-31 12:00:00.000000', 'error_table', 1)");
    row.bind(1, channel);
    row.bind(2, "error_table: " + text);
    row.bind(3, text + "\n\nDate:     2026-01-31 12:00:00.000000 (UTC+00:00)\n");
    for (int i = 0; i < count; ++i) {
      row.exec();
      row.reset();
    }
    transaction.commit();
  }

  outbox::DeliveryOutcome deliver(const std::vector<outbox::Channel>& channels) {
    const auto outcome = outbox::deliver(path, channels, options);
    if (!outcome) throw std::runtime_error(outcome.error().text());
    return *outcome;
  }

  outbox::ChannelReport deliver(const std::shared_ptr<FakeSender>& sender,
                                const std::string& channel = "slack") {
    return deliver({{channel, sender, std::chrono::milliseconds{0}}}).channels.at(0);
  }

  /// "state attempts" of the rows with this state, and the like.
  std::string query(const std::string& sql) {
    SQLite::Statement statement(database, sql);
    std::string text;
    while (statement.executeStep()) {
      if (!text.empty()) text += '|';
      for (int i = 0; i < statement.getColumnCount(); ++i) {
        if (i > 0) text += ' ';
        text += statement.getColumn(i).getString();
      }
    }
    return text;
  }

  /// The rows become such as the library writes them.
  void give_facts() {
    database.exec(
        "UPDATE outbox SET utc_offset = 0, program = '/usr/bin/app', host = 'web1', pid = 7");
  }

  void make_due() {
    database.exec("UPDATE outbox SET next_attempt = '2026-01-01 00:00:00' WHERE state = 'pending'");
  }
};

}  // namespace dblog::test
