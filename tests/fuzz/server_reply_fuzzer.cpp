// What a hostile server says: SMTP replies, Retry-After, text that repeats secrets.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "src/notify/plain_text.hpp"
#include "src/notify/retry_after.hpp"
#include "src/notify/secret_mask.hpp"
#include "src/notify/slack_reasons.hpp"
#include "src/notify/smtp_trace.hpp"

namespace {

using namespace dblog;
using namespace dblog::notify;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_trace(std::string_view text) {
  SmtpTrace trace{true};
  trace.on_command("MAIL FROM:<a@b>\r\n");
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    // Lines that begin with '>' are the client's.
    if (text.front() == '>') {
      trace.on_command(text.substr(1, end - 1));
    } else if (!trace.on_reply_line(text.substr(0, end))) {
      break;
    }
    text.remove_prefix(end);
  }
  require(trace.code() >= 0 && trace.code() <= 999);
  require(trace.final_code() == 0 || trace.final_code() == trace.code());
  require(trace.text().size() < 300'000 && trace.refused_recipients() >= 0);
}

void check_mask(const std::string& text) {
  config::Settings settings;
  settings.webhook = config::Secret{"https://h/services/T0/B0/Secret"};
  settings.password = config::Secret{"pass"};
  const std::string masked = SecretMask{settings}.apply(text);
  require(masked.find("pass") == std::string::npos && masked.find("Secret") == std::string::npos);
  require(masked.find('\n') == std::string::npos && sendable_text(masked) == masked);
  require(total_cost(masked, [](char32_t, std::size_t) { return std::size_t{1}; }) <= 803);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  check_trace(text);
  check_mask(text);
  if (const auto wait = parse_retry_after(text, 784'111'777)) {
    require(wait->count() > 0 && *wait <= kMaxRetryAfter);
  }
  (void)slack_advice(text);
  return 0;
}
