// The Slack channel: one POST, its answer judged by status and body.
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/ascii.hpp"
#include "src/config/setting_rules.hpp"
#include "src/notify/curl_transfer.hpp"
#include "src/notify/make_sender.hpp"
#include "src/notify/retry_after.hpp"
#include "src/notify/server_sender.hpp"
#include "src/notify/slack_payload.hpp"
#include "src/notify/slack_reasons.hpp"
#include "src/notify/transfer_text.hpp"

namespace dblog::notify {
namespace {

// Slack's answers are a word; a proxy's error page is longer, and of no use.
constexpr std::size_t kMaxReplyBytes = 65'536;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t start = text.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kSpace) - start + 1);
}

// What has come so far. The functions are libcurl's callbacks: fewer bytes than given end it.
struct HttpReply {
  long status = 0;
  std::string retry_after;
  std::string body;
  std::size_t header_bytes = 0;
  bool is_too_long = false;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto& reply = *static_cast<HttpReply*>(self);
    const std::string_view line(data, size * count);
    reply.header_bytes += line.size();
    if (line.starts_with("HTTP/")) reply.retry_after.clear();
    constexpr std::string_view kName = "retry-after:";
    if (base::is_same_ignoring_case(line.substr(0, kName.size()), kName)) {
      reply.retry_after = line.substr(kName.size());
    }
    return reply.header_bytes > kMaxReplyBytes ? 0 : line.size();
  }

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& reply = *static_cast<HttpReply*>(self);
    const std::size_t bytes = size * count;
    if (reply.body.size() + bytes > kMaxReplyBytes) {
      reply.is_too_long = true;
      return 0;
    }
    reply.body.append(data, bytes);
    return bytes;
  }
};

// Slack and Mattermost answer "ok", Rocket.Chat {"success":true}, others nothing. A web page comes
// from something between, or from another server.
bool is_taken(const HttpReply& reply) {
  const std::string_view body = trimmed(reply.body);
  if (reply.is_too_long || body.starts_with('<')) return false;
  const auto json = nlohmann::json::parse(body, nullptr, false);
  return !json.is_object() || (json.value("success", nlohmann::json{true}) != false &&
                               json.value("ok", nlohmann::json{true}) != false);
}

// "https://hooks.example.org:8443/services/…": the part that is no secret.
std::string place_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  return std::string(url.substr(0, url.find_first_of("/?#")));
}

class SlackSender final : public ServerSender {
 public:
  SlackSender(const config::Settings& settings, const std::vector<config::SettingError>& errors)
      : ServerSender(settings, check_slack_setup(settings, errors)) {}

 private:
  [[nodiscard]] Answer exchange(const CurlLibrary& curl, const Message& message,
                                std::chrono::steady_clock::time_point give_up_at) const override;
  [[nodiscard]] Answer judge(const HttpReply& reply) const;
  [[nodiscard]] std::string reply_text(const HttpReply& reply) const;
};

Answer SlackSender::exchange(const CurlLibrary& curl, const Message& message,
                             std::chrono::steady_clock::time_point give_up_at) const {
  const std::string payload = slack_payload(settings_, message);
  const config::WipedText& url = settings_.webhook.reveal();
  HttpReply reply;
  CurlTransfer transfer(curl, give_up_at);
  transfer.set(CURLOPT_URL, url.c_str());
  transfer.trust(settings_.ca_file);
  transfer.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  transfer.set(CURLOPT_USERAGENT, "dblog");
  // What is for this machine goes to no proxy, least of all unencrypted.
  if (config::is_webhook_to_this_machine(url)) transfer.set(CURLOPT_NOPROXY, "*");
  transfer.add_to_list(CURLOPT_HTTPHEADER, "Content-Type: application/json; charset=utf-8");
  transfer.add_to_list(CURLOPT_HTTPHEADER, "Expect:");
  transfer.set(CURLOPT_POSTFIELDS, payload.c_str());
  transfer.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(payload.size()));
  transfer.set(CURLOPT_HEADERFUNCTION, &HttpReply::on_header);
  transfer.set(CURLOPT_HEADERDATA, static_cast<void*>(&reply));
  transfer.set(CURLOPT_WRITEFUNCTION, &HttpReply::on_body);
  transfer.set(CURLOPT_WRITEDATA, static_cast<void*>(&reply));
  const TransferEnd end = transfer.perform();
  reply.status = transfer.response_code();
  if (end.code == CURLE_OK || reply.is_too_long) return judge(reply);
  const Peer peer{place_of(url), "webhook", ""};
  Answer answer{Verdict::try_again, transfer_failure(end, peer, mask_)};
  answer.is_no_answer = end.code == CURLE_WEIRD_SERVER_REPLY;
  if (reply.status == 429) {
    answer.retry_after = parse_retry_after(reply.retry_after, std::time(nullptr));
  }
  return answer;
}

Answer SlackSender::judge(const HttpReply& reply) const {
  Answer answer;
  answer.reply = reply_text(reply);
  if (reply.status / 100 == 2 && is_taken(reply)) {
    answer.verdict = Verdict::sent;
    return answer;
  }
  answer.reason = "HTTP " + std::to_string(reply.status);
  if (!answer.reply.empty()) answer.reason += ": " + answer.reply;
  if (reply.status / 100 == 2) {
    answer.reason += " (not what a webhook answers: check webhook)";
    answer.is_no_answer = true;
  } else if (reply.status / 100 == 3) {
    answer.reason += " (redirects are not followed: check webhook)";
    answer.is_no_answer = true;
  } else if (reply.status == 429) {
    answer.reason += " (too many messages)";
    answer.retry_after = parse_retry_after(reply.retry_after, std::time(nullptr));
  } else if (reply.status / 100 == 4) {
    answer.verdict = Verdict::refused;
    const std::string_view advice = slack_advice(trimmed(reply.body));
    if (!advice.empty()) answer.reason += " (" + std::string(advice) + ")";
  }
  return answer;
}

// Slack's own words are no secrets, even where a part of the webhook's path is one of them.
std::string SlackSender::reply_text(const HttpReply& reply) const {
  const std::string_view body = trimmed(reply.body);
  if (body == "ok" || !slack_advice(body).empty()) return std::string(body);
  return mask_.apply(body);
}

}  // namespace

std::unique_ptr<Sender> make_slack_sender(const config::Settings& settings,
                                          const std::vector<config::SettingError>& errors) {
  return std::make_unique<SlackSender>(settings, errors);
}

}  // namespace dblog::notify
