// What the tool's flush sends with: the one place where senders and the makers of names are put in.
#include <memory>
#include <string>
#include <utility>

#include "tools/dblog/flush.hpp"

namespace dblog::tool {
namespace {

// Stands where a channel has no sender: its rows wait.
class NoSender : public notify::Sender {
 public:
  explicit NoSender(std::string channel) : channel_(std::move(channel)) {}

  notify::Answer send(const notify::Message& /*message*/,
                      std::chrono::steady_clock::time_point /*give_up_at*/) noexcept override {
    return {notify::Verdict::not_configured, "this dblog cannot send to " + channel_, std::nullopt};
  }

 private:
  std::string channel_;
};

std::vector<outbox::Channel> make_channels() {
  // Slack's documented rate for incoming webhooks.
  constexpr std::chrono::seconds kSlackPace{1};
  return {{"slack", std::make_shared<NoSender>("slack"), kSlackPace},
          {"email", std::make_shared<NoSender>("email")}};
}

void complete_crashes(const std::filesystem::path& /*database*/,
                      std::chrono::milliseconds /*limit*/) {}

}  // namespace

FlushParts flush_parts() { return {make_channels, complete_crashes}; }

}  // namespace dblog::tool
