// Sums and sentences.
#include "tools/dblog/flush_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "dblog/event.hpp"
#include "tools/dblog/counted_text.hpp"
#include "tools/dblog/escape_text.hpp"

namespace dblog::tool {
namespace {

using Json = nlohmann::ordered_json;
using outbox::ChannelReport;

ChannelReport sum_of(const std::vector<ChannelReport>& channels) {
  ChannelReport sum;
  for (const ChannelReport& channel : channels) {
    sum.sent += channel.sent;
    sum.alerts += channel.alerts;
    sum.failed += channel.failed;
    sum.dead += channel.dead;
    sum.suppressed += channel.suppressed;
    sum.of_other_environments += channel.of_other_environments;
    sum.unconfigured += channel.unconfigured;
    sum.left += channel.left;
    sum.waiting.alerts += channel.waiting.alerts;
  }
  return sum;
}

Json counts_json(const ChannelReport& report) {
  return {{"sent", report.sent},
          {"alerts", report.alerts},
          {"failed", report.failed},
          {"dead", report.dead},
          {"suppressed", report.suppressed},
          {"of_other_environments", report.of_other_environments},
          {"unconfigured", report.unconfigured},
          {"left", report.left},
          {"waiting", report.waiting.alerts}};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string layout_json(const Json& json, bool is_compact) {
  return json.dump(is_compact ? -1 : 2, ' ', /*ensure_ascii=*/true,
                   Json::error_handler_t::replace) +
         '\n';
}

std::string minute_text(Timestamp time) { return local_date_text(time).substr(0, 19); }

Json time_or_null(const std::optional<Timestamp>& time) {
  return time ? Json(local_date_text(*time)) : Json(nullptr);
}

Json waits_json(const ChannelReport& channel) {
  const outbox::Waiting& waiting = channel.waiting;
  return {{"for_digest", waiting.digest.alerts},
          {"next_digest", time_or_null(waiting.digest.until)},
          {"for_retry", waiting.retry.alerts},
          {"next_retry", time_or_null(waiting.retry.until)},
          {"due", waiting.due},
          {"being_sent", waiting.being_sent}};
}

std::string wait_line(const outbox::Wait& wait, const char* one, const char* many) {
  if (wait.alerts == 0) return "";
  return std::to_string(wait.alerts) + (wait.alerts == 1 ? one : many) +
         (wait.until ? ", due at " + minute_text(*wait.until) : "");
}

// Alerts that are still there though nothing failed just now: why, and until when.
std::string waiting_lines(const ChannelReport& channel) {
  const outbox::Waiting& waiting = channel.waiting;
  std::vector<std::string> lines = {
      wait_line(waiting.retry, " alert failed and waits for its next try",
                " alerts failed and wait for their next try"),
      wait_line(waiting.digest, " alert waits to be counted in its kind's next message",
                " alerts wait to be counted in their kind's next message")};
  const bool is_explained = channel.unconfigured > 0 || channel.left > 0;
  if (waiting.due > 0 && channel.paused_until) {
    lines.push_back(counted(waiting.due, "alert") +
                    " due, but the server asked for a pause until " +
                    minute_text(*channel.paused_until));
  } else if (waiting.due > 0 && !is_explained) {
    lines.push_back(counted(waiting.due, "alert") +
                    " due that came just now, or are being named or sent: the next flush has them");
  }
  if (waiting.being_sent > 0) {
    lines.push_back(counted(waiting.being_sent, "message") + " being sent by another process");
  }
  std::string text;
  for (const std::string& line : lines) {
    if (!line.empty()) text += escape_line(channel.channel) + ": " + line + '\n';
  }
  return text;
}

std::string waiting_text(const std::vector<ChannelReport>& channels, const ChannelReport& sum) {
  const bool is_counted = std::none_of(channels.begin(), channels.end(), [](const auto& channel) {
    return channel.error.has_value();
  });
  return is_counted ? counted(sum.waiting.alerts, "alert") + " waiting"
                    : "what waits was not counted";
}

std::string trouble_lines(const ChannelReport& channel) {
  const std::string name = escape_line(channel.channel) + ": ";
  std::string lines;
  if (channel.error) lines += name + escape_line(channel.error->text()) + '\n';
  if (!channel.last_error.empty()) lines += name + escape_line(channel.last_error) + '\n';
  return lines + waiting_lines(channel);
}

}  // namespace

bool has_done_something(const FlushReport& report) {
  const ChannelReport sum = sum_of(report.channels);
  return sum.sent + sum.dead + report.recovered + report.journaled + report.revived > 0;
}

bool has_news(const FlushReport& report) {
  const ChannelReport sum = sum_of(report.channels);
  return sum.sent + sum.failed + sum.dead + sum.suppressed + sum.unconfigured > 0 ||
         report.recovered + report.journaled > 0 || !report.problems.empty() ||
         std::any_of(report.channels.begin(), report.channels.end(),
                     [](const ChannelReport& channel) { return channel.error.has_value(); });
}

ExitCode exit_code_of(const FlushReport& report) {
  for (const ChannelReport& channel : report.channels) {
    if (channel.error) return ExitCode::database;
  }
  const ChannelReport sum = sum_of(report.channels);
  const bool is_complete = sum.failed + sum.dead + sum.unconfigured + sum.left == 0;
  return is_complete && report.problems.empty() ? ExitCode::done : ExitCode::not_everything;
}

std::string report_text(const FlushReport& report) {
  std::string text;
  for (const std::string& problem : report.problems) text += escape_line(problem) + '\n';
  for (const ChannelReport& channel : report.channels) text += trouble_lines(channel);
  const ChannelReport sum = sum_of(report.channels);
  if (const std::int64_t of_groups = sum.suppressed - sum.of_other_environments; of_groups > 0) {
    text += counted(of_groups, "alert") + " not sent: their groups are ignored or muted\n";
  }
  if (sum.of_other_environments > 0) {
    text += counted(sum.of_other_environments, "alert") +
            " not sent: slack_environments or mail_environments do not name their environment\n";
  }
  if (report.recovered > 0) text += "recovered " + counted(report.recovered, "crash row") + '\n';
  if (report.journaled > 0) {
    text += "sent " + counted(report.journaled, "crash row") + " to the journal\n";
  }
  if (report.is_stopped) text += "stopped by a signal\n";
  if (report.pruned > 0) text += "removed " + counted(report.pruned, "row") + " over the limits\n";
  if (report.held_bytes > 0) {
    text += "the file stays over its limit of bytes: about " +
            std::to_string(report.held_bytes / 1'000'000) +
            " MB wait to be sent, or are what is told in waiting messages\n";
  }
  text += "sent " + counted(sum.sent, "message") + " for " + counted(sum.alerts, "alert") + "; " +
          std::to_string(sum.failed) + " failed, " + std::to_string(sum.dead) + " dead, " +
          waiting_text(report.channels, sum);
  if (sum.unconfigured > 0) {
    const bool is_all = sum.unconfigured == sum.waiting.alerts;
    text += is_all ? " (for settings)"
                   : " (" + std::to_string(sum.unconfigured) + " of them for settings)";
  }
  if (sum.left > 0) text += ", " + std::to_string(sum.left) + " of them due";
  const bool is_paused =
      std::any_of(report.channels.begin(), report.channels.end(),
                  [](const ChannelReport& channel) { return channel.paused_until.has_value(); });
  if (sum.left > 0 && !is_paused) text += ": run it again";
  return text + '\n';
}

std::string report_json(const FlushReport& report, bool is_compact) {
  Json json = counts_json(sum_of(report.channels));
  json["recovered"] = report.recovered;
  json["journaled"] = report.journaled;
  json["revived"] = report.revived;
  json["stopped"] = report.is_stopped;
  json["pruned"] = report.pruned;
  json["held_bytes"] = report.held_bytes;
  json["problems"] = report.problems;
  json["channels"] = Json::array();
  for (const ChannelReport& channel : report.channels) {
    Json one = {{"channel", channel.channel}};
    one.update(counts_json(channel));
    one["waits"] = waits_json(channel);
    one["last_error"] = text_or_null(channel.last_error);
    one["paused_until"] = time_or_null(channel.paused_until);
    one["database_error"] = text_or_null(channel.error ? channel.error->text() : "");
    json["channels"].push_back(std::move(one));
  }
  return layout_json(json, is_compact);
}

std::string absent_text(const std::string& database, bool json) {
  if (json) return layout_json({{"waiting_for_database", database}}, true);
  return escape_line(database) + ": not there yet; waiting for it\n";
}

std::string progress_line(const ChannelReport& report) {
  std::string line = report.channel + ": " + std::to_string(report.sent) + " sent";
  if (report.failed > 0) line += ", " + std::to_string(report.failed) + " failed";
  if (report.dead > 0) line += ", " + std::to_string(report.dead) + " dead";
  return line;
}

}  // namespace dblog::tool
