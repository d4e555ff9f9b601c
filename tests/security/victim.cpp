// A program that uses dblog as its arguments say, one word after the other, and says what it got:
//   database=PATH env_file=PATH delivery=helper|next_run|none slack email     options of what
//   follows install           prints "recording: 0|1", "database: PATH" and "missing: WHAT: WHY"
//   lines push=TEXT queue=TEXT   prints "push: ok ID" or "push: ERROR" notify=TEXT       sends it
//   to Slack at once; prints "notify: ok" or "notify: ERROR" monitor           makes a Monitor
//   crash abort       dies of it wait              prints "waiting" and waits for a line of
//   standard input
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "dblog/dblog.hpp"

namespace {

dblog::HandlerOptions options;

void install() {
  const dblog::InstallReport report = dblog::install_handlers(options);
  std::cout << "recording: " << report.recording << "\ndatabase: " << report.database.string()
            << '\n';
  for (const auto& missing : report.missing) {
    std::cout << "missing: " << missing.what << ": " << missing.why << '\n';
  }
  std::cout << std::flush;
}

void push(std::string_view text, bool is_queued) {
  static dblog::EventLogger logger{"error_table"};
  dblog::PushOptions wanted{.slack = options.slack, .email = options.email};
  wanted.queued = is_queued;
  const dblog::PushResult result = logger.push_to_table(text, wanted);
  if (result) {
    std::cout << "push: ok " << result.id << std::endl;
  } else {
    std::cout << "push: " << result.error << std::endl;
  }
}

void notify(std::string_view text) {
  dblog::SlackNotifier slack{options.env_file};
  const dblog::NotifyResult result = slack.notification(text);
  std::cout << "notify: " << (result.ok ? "ok" : result.error) << std::endl;
}

bool starts(std::string_view word, std::string_view name, std::string& value) {
  if (word.substr(0, name.size()) != name) return false;
  value = word.substr(name.size());
  return true;
}

bool act(std::string_view word) {
  std::string value;
  if (starts(word, "database=", value)) {
    options.database = value;
  } else if (starts(word, "env_file=", value)) {
    options.env_file = value;
  } else if (starts(word, "delivery=", value)) {
    options.delivery = value == "helper"     ? dblog::Delivery::helper
                       : value == "next_run" ? dblog::Delivery::next_run
                                             : dblog::Delivery::none;
  } else if (word == "slack") {
    options.slack = true;
  } else if (word == "email") {
    options.email = true;
  } else if (word == "install") {
    install();
  } else if (starts(word, "push=", value)) {
    push(value, false);
  } else if (starts(word, "queue=", value)) {
    push(value, true);
  } else if (starts(word, "notify=", value)) {
    notify(value);
  } else if (word == "monitor") {
    const dblog::Monitor monitor{options.database};
  } else if (word == "close") {
    for (int descriptor = 3; descriptor < 256; ++descriptor) ::close(descriptor);
  } else if (word == "crash") {
    *static_cast<volatile int*>(nullptr) = 1;
  } else if (word == "abort") {
    std::abort();
  } else if (word == "wait") {
    std::cout << "waiting" << std::endl;
    std::string line;
    std::getline(std::cin, line);
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  for (int i = 1; i < count; ++i) {
    if (!act(words[i])) {
      std::cerr << "victim: unknown word " << words[i] << '\n';
      return 2;
    }
  }
}
