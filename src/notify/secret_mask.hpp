// Takes the secrets out of what a server said: servers, and the proxies before them, repeat what
// they were sent, and their words end in the database and on terminals.
// Used by the senders on every text that is not their own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/config/settings.hpp"

namespace dblog::notify {

class SecretMask {
 public:
  /// Hides the webhook's URL, its path and the parts of that, username and password: as they are
  /// in any case of letters, in base64, in hexadecimal and backwards, alone or within a longer
  /// text; all also in the forms that URLs have (%XX, '+', '-', '_') and as \xXX.
  explicit SecretMask(const config::Settings& settings);

  /// `text` as one line of UTF-8, `max_characters` at most, with "***" for every secret, also for
  /// the beginning of one at the very end, where a reply may be truncated.
  [[nodiscard]] std::string apply(std::string_view text, std::size_t max_characters = 200) const;

 private:
  void add(std::string_view secret);
  void add_with_url_form(std::string secret);
  void add_every_form(std::string_view secret);
  void add_webhook(std::string_view url);
  void drop_cut_off_secret(std::string& text) const;

  std::vector<std::string> secrets_;  ///< In lower case, the longest first.
};

}  // namespace dblog::notify
