// The e-mail channel: one SMTP conversation by libcurl, judged by the server's own replies.
#include <algorithm>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

#include "src/notify/curl_transfer.hpp"
#include "src/notify/mail_message.hpp"
#include "src/notify/make_sender.hpp"
#include "src/notify/server_sender.hpp"
#include "src/notify/smtp_trace.hpp"
#include "src/notify/transfer_text.hpp"

namespace dblog::notify {
namespace {

using config::MailSecurity;

struct Conversation {
  SmtpTrace trace;
  CurlTransfer& transfer;
  std::string_view unsent;

  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
    auto& unsent = static_cast<Conversation*>(self)->unsent;
    const std::size_t bytes = std::min(size * count, unsent.size());
    std::memcpy(buffer, unsent.data(), bytes);
    unsent.remove_prefix(bytes);
    return bytes;
  }

  static std::size_t on_reply(char* data, std::size_t size, std::size_t count, void* self) {
    auto& conversation = *static_cast<Conversation*>(self);
    const bool goes_on = conversation.trace.on_reply_line({data, size * count});
    if (conversation.trace.final_code() != 0) conversation.transfer.finish_soon();
    return goes_on ? size * count : 0;
  }

  // What a server sends besides replies; SMTP has none of that.
  static std::size_t on_body(char* /*data*/, std::size_t size, std::size_t count, void* /*self*/) {
    return size * count;
  }

  static int on_debug(CURL* /*handle*/, curl_infotype type, char* data, std::size_t size,
                      void* self) {
    if (type == CURLINFO_HEADER_OUT) {
      static_cast<Conversation*>(self)->trace.on_command({data, size});
    }
    return 0;
  }
};

bool is_ipv6(const std::string& host) { return host.find(':') != std::string::npos; }

std::string place_of(const config::Settings& settings) {
  const std::string& host = settings.mail_server;
  return (is_ipv6(host) ? "[" + host + "]" : host) + ":" + std::to_string(settings.server_port);
}

std::string url_of(const config::Settings& settings) {
  const bool is_tls = settings.mail_security == MailSecurity::tls;
  return (is_tls ? "smtps://" : "smtp://") + place_of(settings) + "/";
}

// Replies that speak of the login or of encryption (RFC 4954), whatever command they answer: the
// message is not at fault.
bool is_about_login(int code) { return code == 530 || code == 534 || code == 535 || code == 538; }

class MailSender final : public ServerSender {
 public:
  MailSender(const config::Settings& settings, const std::vector<config::SettingError>& errors)
      : ServerSender(settings, check_mail_setup(settings, errors)) {}

 private:
  [[nodiscard]] Answer exchange(const CurlLibrary& curl, const Message& message,
                                std::chrono::steady_clock::time_point give_up_at) const override;
  void set_up(CurlTransfer& transfer) const;
  [[nodiscard]] Answer judge(const SmtpTrace& trace, const TransferEnd& end) const;
  [[nodiscard]] Answer judge_reply(const SmtpTrace& trace) const;
  [[nodiscard]] Answer sent(const SmtpTrace& trace) const;
  [[nodiscard]] std::string reply_text(int code, const std::string& text) const;
};

Answer MailSender::exchange(const CurlLibrary& curl, const Message& message,
                            std::chrono::steady_clock::time_point give_up_at) const {
  const std::string mail = mail_message(settings_, message, mail_date(std::time(nullptr)));
  CurlTransfer transfer(curl, give_up_at);
  Conversation conversation{SmtpTrace(!settings_.username.empty()), transfer, mail};
  const std::string url = url_of(settings_);
  const std::string sender = "<" + settings_.sender_email + ">";
  void* const self = &conversation;
  transfer.set(CURLOPT_URL, url.c_str());
  set_up(transfer);
  transfer.set(CURLOPT_MAIL_FROM, sender.c_str());
  transfer.set(CURLOPT_UPLOAD, 1L);
  transfer.set(CURLOPT_READFUNCTION, &Conversation::on_read);
  transfer.set(CURLOPT_READDATA, self);
  transfer.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.size()));
  transfer.set(CURLOPT_HEADERFUNCTION, &Conversation::on_reply);
  transfer.set(CURLOPT_HEADERDATA, self);
  transfer.set(CURLOPT_WRITEFUNCTION, &Conversation::on_body);
  transfer.set(CURLOPT_WRITEDATA, self);
  // libcurl shows its commands to this function alone; nothing is printed.
  transfer.set(CURLOPT_DEBUGFUNCTION, &Conversation::on_debug);
  transfer.set(CURLOPT_DEBUGDATA, self);
  transfer.set(CURLOPT_VERBOSE, 1L);
  const TransferEnd end = transfer.perform();
  return judge(conversation.trace, end);
}

void MailSender::set_up(CurlTransfer& transfer) const {
  transfer.trust(settings_.ca_file);
  // Proxies are for the web; mail clients do not use them either.
  transfer.set(CURLOPT_PROXY, "");
  transfer.set(CURLOPT_USE_SSL,
               static_cast<long>(settings_.mail_security == MailSecurity::none ? CURLUSESSL_NONE
                                                                               : CURLUSESSL_ALL));
  if (!settings_.username.empty()) {
    transfer.set(CURLOPT_USERNAME, settings_.username.reveal().c_str());
    transfer.set(CURLOPT_PASSWORD, settings_.password.reveal().c_str());
  }
  for (const std::string& recipient : settings_.recipient_email) {
    transfer.add_to_list(CURLOPT_MAIL_RCPT, "<" + recipient + ">");
  }
  // One mistyped address must not keep the message from the others.
  transfer.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
}

Answer MailSender::judge(const SmtpTrace& trace, const TransferEnd& end) const {
  const std::string place = place_of(settings_);
  Answer answer;
  answer.reply = trace.code() != 0 ? reply_text(trace.code(), trace.text()) : "";
  if (trace.final_code() / 100 == 2) return sent(trace);
  if (trace.login_not_offered()) {
    answer.reason = place + " offers no login, so nothing was sent: clear username and password " +
                    "if it needs none, or check server_port and mail_security";
  } else if (end.code == CURLE_USE_SSL_FAILED && trace.phase_of_code() == SmtpPhase::hello) {
    answer.reason = place + " offers no STARTTLS, so neither login nor message was sent: " +
                    "check server_port, or set mail_security to tls";
  } else if (end.code == CURLE_LOGIN_DENIED && trace.code() < 400) {
    answer.reason = "login failed: " + place + " knows none of our ways to log in";
  } else if (trace.code() >= 400 && trace.ended_with_reply()) {
    return judge_reply(trace);
  } else {
    const std::string hint = settings_.mail_security == MailSecurity::tls
                                 ? ": is mail_security = tls right for this port?"
                                 : "";
    answer.is_no_answer = end.code == CURLE_WEIRD_SERVER_REPLY;
    answer.reason = transfer_failure(end, {place, "mail_server", hint}, mask_);
  }
  return answer;
}

Answer MailSender::judge_reply(const SmtpTrace& trace) const {
  Answer answer;
  answer.reply = reply_text(trace.code(), trace.text());
  const bool is_for_good = trace.code() >= 500;
  switch (trace.phase_of_code()) {
    case SmtpPhase::greeting:
    case SmtpPhase::hello:
    case SmtpPhase::goodbye:
      answer.reason = place_of(settings_) + " does not take mail now: " + answer.reply;
      return answer;
    case SmtpPhase::starttls:
      answer.reason = place_of(settings_) + " refuses STARTTLS: " + answer.reply;
      return answer;
    case SmtpPhase::login:
      answer.reason = "login refused: " + answer.reply + " (check username and password)";
      return answer;
    case SmtpPhase::sender:
      answer.reason = "sender_email " + std::string(is_for_good ? "refused: " : "deferred: ");
      break;
    case SmtpPhase::recipient:
      answer.reason = "recipient_email " + std::string(is_for_good ? "refused: " : "deferred: ");
      break;
    case SmtpPhase::data:
    case SmtpPhase::body:
      answer.reason = is_for_good ? "message refused: " : "message deferred: ";
      break;
  }
  answer.reason += answer.reply;
  if (is_about_login(trace.code())) {
    answer.reason += " (it wants a login or encryption: check username, password, mail_security)";
  } else if (is_for_good) {
    answer.verdict = Verdict::refused;
  }
  return answer;
}

Answer MailSender::sent(const SmtpTrace& trace) const {
  Answer answer;
  answer.verdict = Verdict::sent;
  answer.reply = reply_text(trace.final_code(), trace.text());
  if (trace.refused_recipients() > 0) {
    answer.reason =
        std::to_string(trace.refused_recipients()) + " of " +
        std::to_string(settings_.recipient_email.size()) +
        " in recipient_email refused: " + reply_text(trace.refused_code(), trace.refused_text());
  }
  return answer;
}

std::string MailSender::reply_text(int code, const std::string& text) const {
  const std::string masked = mask_.apply(text);
  return std::to_string(code) + (masked.empty() ? "" : " " + masked);
}

}  // namespace

std::unique_ptr<Sender> make_mail_sender(const config::Settings& settings,
                                         const std::vector<config::SettingError>& errors) {
  return std::make_unique<MailSender>(settings, errors);
}

}  // namespace dblog::notify
