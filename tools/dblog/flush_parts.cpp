// What the tool's flush is made of: the one place where senders and the makers of names are put in.
#include <memory>

#include "src/config/settings.hpp"
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
  return {{"slack", notify::make_slack_sender(loaded.settings, loaded.errors), kSlackPace},
          {"email", notify::make_mail_sender(loaded.settings, loaded.errors)}};
}

}  // namespace

Outcome flush(const std::filesystem::path& database, const FlushOptions& options,
              const StopSignals& stop) {
  return flush(database, options,
               {[&options] { return make_channels(options.env_file); },
                [](const std::filesystem::path& path, std::chrono::milliseconds limit) {
                  return complete_crashes(path, {}, limit);
                },
                make_alert_renderer},
               stop);
}

}  // namespace dblog::tool
