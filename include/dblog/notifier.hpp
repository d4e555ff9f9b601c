// Messages to people, sent at once.
//
//   dblog::SlackNotifier slack;
//   if (const auto sent = slack.notification("deployed"); !sent) std::cerr << sent.error << '\n';
//
// Settings come from the environment and .env (docs/settings.md). What must arrive even if the
// network is down goes through push_to_table with PushOptions::slack or email instead.
// Threads: every function may be called from any thread, on one notifier or many. Not from signal
// handlers.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "dblog/export.hpp"

namespace dblog {
inline namespace abi_1 {

/// What became of a message. May be ignored: dblog also warns once on stderr about a failure.
struct NotifyResult {
  bool ok = false;    ///< The server took it.
  std::string reply;  ///< What the server said, on one line: "ok", "250 2.0.0 queued".
  std::string error;  ///< Why it was not sent, in one line; empty when ok, unless some of several
                      ///< mail recipients were refused. Holds no secrets.

  /// The same as `ok`.
  explicit operator bool() const noexcept { return ok; }
};

/// Sends messages to a Slack channel. Threads: every function may be called from any thread;
/// construct, assign and destroy a notifier while no other thread uses it. Not from signal
/// handlers.
class DBLOG_EXPORT SlackNotifier {
 public:
  /// `env_file`: the file with settings. Default: .env in the directory that is the working one
  /// when the notifier is made. Read at every call, so that changes count and no secret is kept. A
  /// program with more rights than its caller (setuid, setgid, file capabilities) reads only a file
  /// that is named by an absolute path, and no environment.
  explicit SlackNotifier(std::filesystem::path env_file = {}) noexcept;
  ~SlackNotifier();
  /// Takes over the settings' place. A notifier that was moved from fails.
  SlackNotifier(SlackNotifier&&) noexcept;
  /// Takes over the settings' place. A notifier that was moved from fails.
  SlackNotifier& operator=(SlackNotifier&&) noexcept;
  SlackNotifier(const SlackNotifier&) = delete;
  SlackNotifier& operator=(const SlackNotifier&) = delete;

  /// Sends to the channel of the key `webhook`. Waits for the server, 30 seconds at most. Never
  /// throws. Needs libcurl.so.4 on the machine.
  NotifyResult notification(std::string_view message) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Sends e-mail. Threads: as SlackNotifier.
class DBLOG_EXPORT EmailNotifier {
 public:
  /// `env_file`: as for SlackNotifier.
  explicit EmailNotifier(std::filesystem::path env_file = {}) noexcept;
  ~EmailNotifier();
  /// As SlackNotifier's.
  EmailNotifier(EmailNotifier&&) noexcept;
  /// As SlackNotifier's.
  EmailNotifier& operator=(EmailNotifier&&) noexcept;
  EmailNotifier(const EmailNotifier&) = delete;
  EmailNotifier& operator=(const EmailNotifier&) = delete;

  /// Sends to every address in `recipient_email`; the first line is the subject. Otherwise as
  /// SlackNotifier::notification().
  NotifyResult mail_notifier(std::string_view message) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace abi_1
}  // namespace dblog
