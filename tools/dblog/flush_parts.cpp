// What the tool's flush is made of: the one place where senders and the makers of names are put in.
#include <memory>

#include "src/config/settings.hpp"
#include "src/journal/send_crashes.hpp"
#include "src/notify/make_sender.hpp"
#include "tools/dblog/complete_crashes.hpp"
#include "tools/dblog/flush.hpp"
#include "tools/dblog/make_alert_renderer.hpp"

namespace dblog::tool {
namespace {

std::vector<outbox::Channel> make_channels(const std::string& env_file) {
  // Slack's documented rate for incoming webhooks.
  constexpr std::chrono::seconds kSlackPace{1};
  const config::LoadedSettings loaded = config::load_settings(env_file);
  return {{"slack", notify::make_slack_sender(loaded.settings, loaded.errors), kSlackPace,
           loaded.settings.slack_environments},
          {"email",
           notify::make_mail_sender(loaded.settings, loaded.errors),
           {},
           loaded.settings.mail_environments}};
}

// install_handlers() reports a value that is neither true nor false.
bool is_journal_on(const std::string& env_file) {
  return config::load_settings(env_file).settings.journal;
}

base::Result<int> write_journal(const std::filesystem::path& database, const std::string& env_file,
                                std::chrono::milliseconds limit) {
  if (!is_journal_on(env_file)) return 0;
  return journal::send_crashes(database, limit);
}

}  // namespace

Outcome flush(const std::filesystem::path& database, const FlushOptions& options,
              const StopSignals& stop) {
  return flush(database, options,
               {[&options] { return make_channels(options.env_file); },
                [&options](const std::filesystem::path& path, std::chrono::milliseconds limit) {
                  return complete_crashes(path, {}, load_symbol_settings(options.env_file), limit);
                },
                make_alert_renderer,
                [&options](const std::filesystem::path& path, std::chrono::milliseconds limit) {
                  return write_journal(path, options.env_file, limit);
                },
                [&options] { return is_journal_on(options.env_file); }},
               stop);
}

}  // namespace dblog::tool
