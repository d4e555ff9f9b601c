// A LOGS.db of an attacker, and every verb of the tool on it, and the library. The input's first
// byte says which; the rest, what is done to the database (hostile_database.hpp).
//
// Messages go to a server that takes them, refuses them or is gone, whatever they say: nothing
// leaves the machine.
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/config/settings.hpp"
#include "src/notify/mail_message.hpp"
#include "src/notify/slack_payload.hpp"
#include "src/store/store.hpp"
#include "tests/fuzz/hostile_database.hpp"
#include "tests/fuzz/tool_outcome.hpp"
#include "tests/support/rows.hpp"
#include "tools/dblog/command_line.hpp"
#include "tools/dblog/complete_crashes.hpp"
#include "tools/dblog/flush.hpp"
#include "tools/dblog/make_alert_renderer.hpp"

namespace {

using namespace dblog;
using Path = std::filesystem::path;
using Words = std::vector<std::string>;

class PretendedServer : public notify::Sender {
 public:
  notify::Answer send(const notify::Message& message,
                      std::chrono::steady_clock::time_point) noexcept override {
    config::Settings settings;
    settings.sender_email = "a@b.c";
    settings.recipient_email = {"d@e.f"};
    (void)notify::mail_message(settings, message, "D");
    (void)notify::slack_payload(settings, message);
    constexpr std::array kVerdicts = {notify::Verdict::sent, notify::Verdict::try_again,
                                      notify::Verdict::refused, notify::Verdict::not_configured};
    return {.verdict = kVerdicts[message.body.size() % kVerdicts.size()],
            .reason = message.subject};
  }
};

tool::Outcome flush_without_network(const Path& database, const tool::FlushOptions& options) {
  const auto make_channels = [] {
    return std::vector<outbox::Channel>{{"slack", std::make_shared<PretendedServer>()},
                                        {"email", std::make_shared<PretendedServer>()}};
  };
  const auto complete = [](const Path& path, std::chrono::milliseconds limit) {
    return tool::complete_crashes(path, {}, {}, limit);
  };
  return tool::flush(database, options, {make_channels, complete, tool::make_alert_renderer},
                     tool::StopSignals{});
}

tool::Outcome run(const Path& database, const Words& words) {
  Words all = {"dblog"};
  all.insert(all.end(), words.begin(), words.end());
  all.insert(all.end(), {"--db", database.native()});
  std::vector<char*> pointers;
  for (std::string& word : all) pointers.push_back(word.data());
  const tool::Printers printers;
  tool::StopSignals stop;
  return tool::run_verb(static_cast<int>(pointers.size()), pointers.data(), printers, stop);
}

bool has_word(const Words& words, std::string_view wanted) {
  for (const std::string& word : words) {
    if (word == wanted) return true;
  }
  return false;
}

const std::vector<Words> kVerbs = {
    {"list"},
    {"list", "--json", "--limit", "500"},
    {"list", "--full", "--crashes"},
    {"list", "--table", "error_table", "--before", "error_table/2"},
    {"list", "--group", "2:0"},
    {"show", "1"},
    {"show", "1", "--full", "--color", "always"},
    {"show", "2", "--json"},
    {"show", "3"},
    {"show", "error_table/1"},
    {"show", "hw_logs/1", "--json"},
    {"stats"},
    {"stats", "--json", "--severity", "warning"},
    {"groups"},
    {"groups", "--json"},
    {"groups", "--explain", "2:0"},
    {"symbolize"},
    {"symbolize", "--retry", "--json"},
    {"symbolize", "error_table/1"},
    {"recover"},
    {"report", "--output", "-"},
    {"export"},
    {"export", "--full"},
    {"export", "--format", "prometheus"},
    {"recover", "--json"},
    {"prune", "--max-rows", "1"},
    {"prune", "--max-days", "1", "--json"},
    {"prune", "--max-mb", "1", "--vacuum"},
    {"prune", "--dry-run", "--max-rows", "0,error_table=1"},
    {"outbox", "list"},
    {"outbox", "list", "--json", "--state", "sent"},
    {"outbox", "show", "1", "--full"},
    {"outbox", "replay", "1", "4", "5"},
    {"outbox", "drop", "1", "2", "--json"},
};

void push(const Path& database) {
  for (const char* table : {"error_table", "another"}) {
    (void)test::store_at(database).append(test::event_row(table, "an event"));
  }
}

// As a source.
void merge(const Path& database) {
  const Path target = database.native() + "-merged";
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(target.native() + suffix);
  }
  test::check_outcome(run(target, {"merge", database.native(), "--json"}), true, false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static test::HostileDatabase database;
  test::InputReader input{data, size};
  // Those without words of their own: flushes and the library.
  constexpr std::size_t kOthers = 5;
  const std::size_t verb = input.below(kVerbs.size() + kOthers);
  database.make(input);
  if (verb < kVerbs.size()) {
    const Words& words = kVerbs[verb];
    test::check_outcome(run(database.path(), words), has_word(words, "--json"),
                        has_word(words, "always"));
  } else if (verb == kVerbs.size()) {
    push(database.path());
  } else if (verb == kVerbs.size() + 4) {
    merge(database.path());
  } else {
    tool::FlushOptions options;
    options.dry_run = verb == kVerbs.size() + 1;
    options.retry_dead = verb == kVerbs.size() + 2;
    options.now = options.json = verb == kVerbs.size() + 3;
    test::check_outcome(flush_without_network(database.path(), options), options.json, false);
  }
  test::require(database.has_bystander(),
                "a file that does not belong to the database was changed");
  return 0;
}
