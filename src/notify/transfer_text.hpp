// Why a transfer failed, in words that say what to do: for `outbox.last_error` and people.
// Used by both senders.
#pragma once

#include <string>

#include "src/notify/curl_transfer.hpp"
#include "src/notify/secret_mask.hpp"

namespace dblog::notify {

/// The other side, as people know it.
struct Peer {
  std::string place;     ///< "mail.example.org:587"
  std::string host_key;  ///< The setting that names it: "mail_server".
  std::string tls_hint;  ///< What to try where TLS does not begin; may be empty.
};

/// One line without secrets.
[[nodiscard]] std::string transfer_failure(const TransferEnd& end, const Peer& peer,
                                           const SecretMask& mask);

}  // namespace dblog::notify
