// SlackNotifier and EmailNotifier: settings read, one message handed to the channel.
#include "dblog/notifier.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "src/api/api_boundary.hpp"
#include "src/api/call_scope.hpp"
#include "src/api/scrub_rules.hpp"
#include "src/api/stderr_line.hpp"
#include "src/base/secure_execution.hpp"
#include "src/config/settings.hpp"
#include "src/notify/direct_message.hpp"
#include "src/notify/make_sender.hpp"

namespace dblog {
namespace {

constexpr std::chrono::seconds kPatience{30};
constexpr const char* kDefaultEnvFile = ".env";

struct Channel {
  explicit Channel(const std::filesystem::path& env_file)
      : file(base::is_secure_execution()
                 ? env_file
                 : std::filesystem::absolute(env_file.empty() ? kDefaultEnvFile : env_file)) {}

  template <typename MakeSender>
  NotifyResult send(std::string_view subject, std::string_view message,
                    const MakeSender& make_sender) noexcept;

  const std::filesystem::path file;
  api::WarnOnce said;
};

template <typename MakeSender>
NotifyResult Channel::send(std::string_view subject, std::string_view message,
                           const MakeSender& make_sender) noexcept {
  const api::CallScope scope;
  const process::ScopedSignalBlock connection_closed{process::signal_set(SIGPIPE)};
  NotifyResult result;
  try {
    // A file that is not there is an error in `loaded`, told only where a setting is missing.
    const auto loaded = config::load_settings(file);
    const auto sender = make_sender(loaded.settings, loaded.errors);
    const scrub::Rules* const rules = api::scrub_rules_in_force();
    const std::string clean = rules != nullptr ? rules->scrubbed(message) : std::string(message);
    notify::Answer answer =
        sender->send(notify::direct_message(clean), std::chrono::steady_clock::now() + kPatience);
    result.ok = answer.verdict == notify::Verdict::sent;
    result.reply = std::move(answer.reply);
    result.error = std::move(answer.reason);
  } catch (const std::exception&) {
    result.error.assign(api::kOutOfMemory);
  }
  if (result.error.empty()) {
    said.forget();
  } else if (said.is_new(result.error)) {
    api::warn({subject, result.ok ? ": " : ": not sent: ", result.error});
  }
  return result;
}

NotifyResult moved_from() noexcept {
  NotifyResult result;
  result.error.assign(api::kMovedFrom);
  return result;
}

}  // namespace

struct [[gnu::visibility("hidden")]] SlackNotifier::State : Channel {
  using Channel::Channel;
};

struct [[gnu::visibility("hidden")]] EmailNotifier::State : Channel {
  using Channel::Channel;
};

SlackNotifier::SlackNotifier(std::filesystem::path env_file) noexcept {
  const api::CallScope scope;
  try {
    state_ = std::make_unique<State>(env_file);
  } catch (const std::exception&) {
    // Without memory or a working directory, every call fails and says so.
  }
}

SlackNotifier::~SlackNotifier() = default;
SlackNotifier::SlackNotifier(SlackNotifier&&) noexcept = default;
SlackNotifier& SlackNotifier::operator=(SlackNotifier&&) noexcept = default;

NotifyResult SlackNotifier::notification(std::string_view message) noexcept {
  if (state_ == nullptr) return moved_from();
  return state_->send("slack", message, notify::make_slack_sender);
}

EmailNotifier::EmailNotifier(std::filesystem::path env_file) noexcept {
  const api::CallScope scope;
  try {
    state_ = std::make_unique<State>(env_file);
  } catch (const std::exception&) {
  }
}

EmailNotifier::~EmailNotifier() = default;
EmailNotifier::EmailNotifier(EmailNotifier&&) noexcept = default;
EmailNotifier& EmailNotifier::operator=(EmailNotifier&&) noexcept = default;

NotifyResult EmailNotifier::mail_notifier(std::string_view message) noexcept {
  if (state_ == nullptr) return moved_from();
  return state_->send("email", message, notify::make_mail_sender);
}

}  // namespace dblog
