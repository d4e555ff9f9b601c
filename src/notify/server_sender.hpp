// What the channels have in common: settings that were checked, libcurl, and no exceptions.
// Used by the senders only. Threads: as Sender.
#pragma once

#include <chrono>
#include <string>

#include "src/config/settings.hpp"
#include "src/notify/curl_library.hpp"
#include "src/notify/secret_mask.hpp"
#include "src/notify/sender.hpp"
#include "src/notify/setup_check.hpp"

namespace dblog::notify {

class ServerSender : public Sender {
 public:
  Answer send(const Message& message,
              std::chrono::steady_clock::time_point give_up_at) noexcept final;

  [[nodiscard]] std::string why_not_configured() const final;

 protected:
  ServerSender(const config::Settings& settings, SetupCheck check);

  /// With settings that are ready. Throws nothing but std::bad_alloc.
  [[nodiscard]] virtual Answer exchange(const CurlLibrary& curl, const Message& message,
                                        std::chrono::steady_clock::time_point give_up_at) const = 0;

  const config::Settings settings_;
  const SecretMask mask_;

 private:
  const SetupCheck check_;
};

}  // namespace dblog::notify
