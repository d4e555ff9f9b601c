// How fast alerts that wait become messages, with servers on loopback: what the outbox itself can
// do, beside bare libcurl that sends the same messages to the same servers; many alerts of one kind
// folded into one message, beside bare SQLite that marks as many rows; and `dblog flush` with the
// rates that it keeps by design (docs/delivery.md).
//
//   benchmark_flush [DIRECTORY [ALERTS]]
//
// DIRECTORY, for the databases: default: the working directory. ALERTS of one kind: 100,000. All
// take turns in each round.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dblog/dblog.hpp>
#include <exception>
#include <string>
#include <vector>

#include "src/notify/make_sender.hpp"
#include "src/outbox/delivery.hpp"
#include "tests/benchmarks/delivery_scene.hpp"
#include "tests/benchmarks/figures.hpp"
#include "tests/benchmarks/work_directory.hpp"
#include "tests/support/run_child.hpp"
#include "tools/dblog/make_alert_renderer.hpp"

namespace {

using dblog::benchmark::BareCurl;
using dblog::benchmark::median;
using dblog::benchmark::Servers;
using dblog::benchmark::Stopwatch;
using dblog::benchmark::WorkDirectory;
using std::filesystem::path;

constexpr int kRounds = 7;
constexpr int kFewRounds = 3;
constexpr int kMessages = 100;     // a round, each of a kind of its own
constexpr int kKinds = 1'000;      // of one `dblog flush`
constexpr int kSlackKinds = 3;     // with a pause of a second between each two
constexpr int kMarkBatch = 1'000;  // rows of one transaction, as the outbox has them

// "baa", "bab", …: numbers do not tell kinds apart.
std::string word_of(int number) {
  std::string word = "b";
  for (int divisor : {26 * 26, 26, 1}) word += static_cast<char>('a' + number / divisor % 26);
  return word;
}

// As a program leaves them: errors with their stacks and a message each.
void push_kinds(const path& database, int count, const dblog::PushOptions& options) {
  dblog::EventLogger errors{"error_table", database};
  for (int i = 0; i < count; ++i) {
    const std::string message = "cannot open table " + word_of(i) + ": permission denied";
    if (!errors.push_to_table(message, options)) throw std::runtime_error("a push failed");
  }
}

void add_alerts_of_one_kind(const path& file, long count) {
  SQLite::Database database = dblog::test::make_database(file);
  database.exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                std::to_string(count) +
                ") INSERT INTO outbox (uuid, channel, subject, body, created) SELECT "
                "hex(randomblob(16)), 'email', 'shop: order ' || i || ' failed', 'order ' || i || "
                "' failed after ' || (i % 90) || ' ms', '2026-01-31 12:00:00.000000' FROM n");
}

// Without what holds messages back by design: no pause between two, and a message for each kind.
std::int64_t deliver(const path& database, const dblog::outbox::Channel& channel,
                     std::size_t most_messages) {
  dblog::outbox::DeliveryOptions options;
  options.policy.most_messages = most_messages;
  options.renderer = dblog::tool::make_alert_renderer(database);
  const auto outcome = dblog::outbox::deliver(database, {channel}, options);
  if (!outcome) throw std::runtime_error(outcome.error().text());
  const dblog::outbox::ChannelReport& report = outcome->channels.at(0);
  if (report.failed + report.left > 0) throw std::runtime_error(report.last_error);
  return report.sent;
}

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Rates {
  std::vector<double> per_second, processor_microseconds;

  template <typename Work>
  void measure(double messages, const Work& work) {
    const double before = processor_seconds();
    const Stopwatch watch;
    work();
    per_second.push_back(messages / watch.seconds());
    processor_microseconds.push_back((processor_seconds() - before) / messages * 1e6);
  }
};

struct ChannelRates {
  Rates ours, connection_each, one_connection;
};

template <typename Send>
void compare_channel(const path& database, const dblog::outbox::Channel& channel, const Send& send,
                     ChannelRates& rates) {
  push_kinds(database, kMessages,
             {.slack = channel.name == "slack", .email = channel.name == "email"});
  rates.ours.measure(kMessages, [&] {
    if (deliver(database, channel, kMessages) != kMessages) {
      throw std::runtime_error("not a message each");
    }
  });
  const auto messages = dblog::benchmark::messages_of(database);
  for (const bool keeps_connection : {false, true}) {
    BareCurl curl{keeps_connection};
    (keeps_connection ? rates.one_connection : rates.connection_each)
        .measure(static_cast<double>(messages.size()), [&] {
          for (const auto& message : messages) send(curl, message);
        });
  }
}

void compare_channels(const WorkDirectory& directory, const Servers& servers) {
  const dblog::config::Settings& settings = servers.settings;
  const dblog::outbox::Channel slack{"slack", dblog::notify::make_slack_sender(settings)};
  const dblog::outbox::Channel mail{"email", dblog::notify::make_mail_sender(settings)};
  ChannelRates of_slack, of_mail;
  for (int round = 0; round < kRounds; ++round) {
    const std::string number = std::to_string(round) + ".db";
    compare_channel(
        directory / ("slack-" + number), slack,
        [&](BareCurl& curl, const auto& message) { curl.post(settings, message); }, of_slack);
    compare_channel(
        directory / ("mail-" + number), mail,
        [&](BareCurl& curl, const auto& message) { curl.mail(settings, message); }, of_mail);
  }
  const auto print = [](const char* name, const char* beside, const Rates& ours, const Rates& bare,
                        std::vector<double> Rates::*unit) {
    dblog::benchmark::print({name, median(ours.*unit), beside, median(bare.*unit)});
  };
  const auto print_all = [&](std::vector<double> Rates::*unit) {
    print("Slack", "libcurl, a connection each", of_slack.ours, of_slack.connection_each, unit);
    print("mail", "libcurl, a connection each", of_mail.ours, of_mail.connection_each, unit);
    print("mail", "libcurl, one connection", of_mail.ours, of_mail.one_connection, unit);
  };
  dblog::benchmark::print_heading("100 errors, a message each, without the pauses between them",
                                  "messages a second");
  print_all(&Rates::per_second);
  dblog::benchmark::print_heading("The same, processor time of the sending process",
                                  "µs a message");
  print_all(&Rates::processor_microseconds);
}

// What must be written at least: each row is marked as sent.
double mark_sent(const path& file, long alerts) {
  SQLite::Database database{file.string(), SQLite::OPEN_READWRITE};
  database.exec("PRAGMA synchronous = NORMAL");
  SQLite::Statement mark{database,
                         "UPDATE outbox SET state = 'sent', sent = '2026-01-31 12:00:01.000000' "
                         "WHERE id >= ?1 AND id < ?1 + ?2"};
  const Stopwatch watch;
  for (long first = 1; first <= alerts; first += kMarkBatch) {
    mark.bind(1, std::int64_t{first});
    mark.bind(2, kMarkBatch);
    mark.exec();
    mark.reset();
  }
  return static_cast<double>(alerts) / watch.seconds();
}

void compare_folding(const WorkDirectory& directory, const Servers& servers, long alerts) {
  const dblog::outbox::Channel mail{"email", dblog::notify::make_mail_sender(servers.settings)};
  const auto ours = directory / "folded.db", bare = directory / "marked.db";
  std::vector<double> folded, marked;
  for (int round = 0; round < kFewRounds; ++round) {
    for (const path& file : {ours, bare}) {
      for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + part);
      add_alerts_of_one_kind(file, alerts);
    }
    const Stopwatch watch;
    if (deliver(ours, mail, dblog::outbox::Policy{}.most_messages) != 1) {
      throw std::runtime_error("not one message");
    }
    folded.push_back(static_cast<double>(alerts) / watch.seconds());
    marked.push_back(mark_sent(bare, alerts));
  }
  dblog::benchmark::print_heading(
      (std::to_string(alerts) + " alerts of one kind, one mail").c_str(), "alerts a second");
  dblog::benchmark::print({"read, folded, sent, marked", median(folded),
                           "bare UPDATE, 1,000 rows a transaction", median(marked)});
}

// Seconds of the whole process.
double run_flush(const WorkDirectory& directory, const path& database) {
  const Stopwatch watch;
  const auto child = dblog::test::run_child({.arguments = {DBLOG_TOOL, "flush"},
                                             .environment = {"DBLOG_DB=" + database.string()},
                                             .directory = directory.path()});
  if (child.exit_code() != 0) throw std::runtime_error("dblog flush: " + child.out + child.err);
  return watch.seconds();
}

void measure_tool(const WorkDirectory& directory, const Servers& servers) {
  servers.write_settings(directory / ".env");
  std::vector<double> by_mail, by_curl, by_slack;
  std::size_t mails = 0;
  for (int round = 0; round < kFewRounds; ++round) {
    const auto many = directory / ("many-" + std::to_string(round) + ".db");
    push_kinds(many, kKinds, {.email = true});
    by_mail.push_back(run_flush(directory, many));
    const auto messages = dblog::benchmark::messages_of(many);
    mails = messages.size();
    const Stopwatch watch;
    for (const auto& message : messages) BareCurl{false}.mail(servers.settings, message);
    by_curl.push_back(watch.seconds());
    const auto few = directory / ("few-" + std::to_string(round) + ".db");
    push_kinds(few, kSlackKinds, {.slack = true});
    by_slack.push_back(run_flush(directory, few));
  }
  const std::string number = std::to_string(mails);
  dblog::benchmark::print_heading("dblog flush, the whole process, at its own rates", "s");
  dblog::benchmark::print({"1,000 kinds of errors by mail: " + number + " mails", median(by_mail),
                           "libcurl, the same " + number, median(by_curl)});
  dblog::benchmark::print({"3 kinds by Slack, one message a second", median(by_slack), "two pauses",
                           kSlackKinds - 1.0});
}

}  // namespace

int main(int argc, char** argv) {
  const WorkDirectory directory{argc, argv};
  const long alerts = argc > 2 ? std::atol(argv[2]) : 100'000;
  try {
    const Servers servers;
    compare_channels(directory, servers);
    compare_folding(directory, servers, alerts);
    measure_tool(directory, servers);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "benchmark_flush: %s\n", failure.what());
    return 1;
  }
  return 0;
}
