// The outbox's plan, less what waits for settings.
#include "tools/dblog/flush_dry_run.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

#include "src/outbox/outbox_list.hpp"
#include "tools/dblog/counted_text.hpp"
#include "tools/dblog/escape_text.hpp"

namespace dblog::tool {
namespace {

struct DryRun {
  std::vector<outbox::PlannedMessage> messages;
  std::int64_t waiting = 0;
  std::int64_t unconfigured = 0;      ///< Of those that wait: for settings.
  std::vector<std::string> problems;  ///< What is missing; one line each.
  bool is_journal_on = false;
};

// As in a flush: a channel without settings is not mentioned until it has something to send.
void add(DryRun& run, outbox::Plan plan, const outbox::Channel& channel) {
  run.waiting += plan.waiting;
  if (plan.messages.empty()) return;
  const std::string why = channel.sender->why_not_configured();
  if (why.empty()) {
    std::move(plan.messages.begin(), plan.messages.end(), std::back_inserter(run.messages));
    return;
  }
  std::int64_t alerts = 0;
  for (const outbox::PlannedMessage& message : plan.messages) alerts += message.alerts;
  run.waiting += alerts;
  run.unconfigured += alerts + plan.waiting;
  run.problems.push_back(channel.name + ": " + why);
}

std::string text_of(const DryRun& run) {
  std::string text;
  for (const std::string& problem : run.problems) text += escape_line(problem) + '\n';
  for (const outbox::PlannedMessage& message : run.messages) {
    text += escape_line(message.channel) + ": " + escape_line(message.subject);
    if (message.alerts > 1) text += " (with " + counted(message.alerts - 1, "further alert") + ')';
    text += '\n';
  }
  if (run.is_journal_on) text += "journal: would send crashes that it does not have\n";
  text += "would send " + counted(static_cast<std::int64_t>(run.messages.size()), "message") +
          "; " + counted(run.waiting, "alert") + " waiting";
  if (run.unconfigured > 0) {
    const bool is_all = run.unconfigured == run.waiting;
    text += is_all ? " (for settings)"
                   : " (" + std::to_string(run.unconfigured) + " of them for settings)";
  }
  return text + '\n';
}

std::string json_of(const DryRun& run) {
  nlohmann::ordered_json json = {{"messages", nlohmann::ordered_json::array()},
                                 {"waiting", run.waiting},
                                 {"unconfigured", run.unconfigured},
                                 {"problems", run.problems},
                                 {"journal", run.is_journal_on}};
  for (const outbox::PlannedMessage& message : run.messages) {
    json["messages"].push_back(
        {{"channel", message.channel}, {"subject", message.subject}, {"alerts", message.alerts}});
  }
  return json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace

Outcome flush_dry_run(const std::filesystem::path& database, const FlushOptions& options,
                      const FlushParts& parts) {
  DryRun run;
  const Timestamp now = dblog::now();
  for (const outbox::Channel& channel : parts.make_channels()) {
    auto plan = outbox::plan(database, channel, now, options.now);
    if (!plan) return query_failure(plan.error());
    add(run, *std::move(plan), channel);
  }
  run.is_journal_on = parts.is_journal_on && parts.is_journal_on();
  return {run.problems.empty() ? ExitCode::done : ExitCode::not_everything,
          options.json ? json_of(run) : text_of(run), ""};
}

}  // namespace dblog::tool
