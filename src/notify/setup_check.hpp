// Whether a channel can work with these settings, and if not, which keys are at fault.
// Used by the senders and by `dblog test-notify`. Must never show the value of a setting.
#pragma once

#include <string>
#include <vector>

#include "src/base/result.hpp"
#include "src/config/settings.hpp"

namespace dblog::notify {

enum class Setup {
  ready,
  absent,   ///< None of the channel's keys is set: the channel is not wanted.
  at_fault  ///< Keys are missing, or cannot be right.
};

struct SetupCheck {
  Setup setup = Setup::ready;
  std::string why;     ///< One line that names the keys; empty when ready.
  std::string beside;  ///< The same for a reader who has seen the errors; may be empty.
};

/// `errors` are those of load_settings(): a key that is at fault there counts as not set in
/// Settings, and the user wants to know why.
[[nodiscard]] SetupCheck check_slack_setup(const config::Settings& settings,
                                           const std::vector<config::SettingError>& errors = {});
[[nodiscard]] SetupCheck check_mail_setup(const config::Settings& settings,
                                          const std::vector<config::SettingError>& errors = {});

}  // namespace dblog::notify
