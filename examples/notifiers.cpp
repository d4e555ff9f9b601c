// Messages sent at once: to Slack and by e-mail, as the settings say (docs/settings.md).
#include <dblog/dblog.hpp>
#include <iostream>

namespace {

void tell(const char* channel, const dblog::NotifyResult& result) {
  std::cout << channel << ": "
            << (result ? "sent, the server said " + result.reply : "not sent: " + result.error)
            << '\n';
}

}  // namespace

int main() {
  dblog::SlackNotifier slack;
  tell("Slack", slack.notification("Deployed: shop 1.4.2"));

  dblog::EmailNotifier email;
  tell("E-mail", email.mail_notifier("Deployed: shop 1.4.2\n\n12 changes, see the wiki."));
}
