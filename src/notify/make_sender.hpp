// The channels that there are.
//
//   const config::LoadedSettings loaded = config::load_settings(env_file);
//   const auto slack = notify::make_slack_sender(loaded.settings, loaded.errors);
//   const notify::Answer answer = slack->send(message, steady_clock::now() + 30s);
//
// Called by the outbox's owner, by SlackNotifier and EmailNotifier, by `dblog test-notify`.
#pragma once

#include <memory>
#include <vector>

#include "src/base/result.hpp"
#include "src/config/settings.hpp"
#include "src/notify/sender.hpp"

namespace dblog::notify {

/// Always gives a sender; with settings that cannot work its answers are not_configured, and say
/// which key is at fault. `errors`: those of load_settings(), for better words. Opens nothing yet.
[[nodiscard]] std::unique_ptr<Sender> make_slack_sender(
    const config::Settings& settings, const std::vector<config::SettingError>& errors = {});
[[nodiscard]] std::unique_ptr<Sender> make_mail_sender(
    const config::Settings& settings, const std::vector<config::SettingError>& errors = {});

}  // namespace dblog::notify
