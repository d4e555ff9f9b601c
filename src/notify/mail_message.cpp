// Headers by hand, parts in quoted-printable.
#include "src/notify/mail_message.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "src/notify/mail_page.hpp"
#include "src/notify/mime_encoding.hpp"
#include "src/notify/plain_text.hpp"

namespace dblog::notify {
namespace {

constexpr std::size_t kMaxAppName = 100;
constexpr std::size_t kMaxBodyBytes = kMaxMailBytes / 3;

// For Message-ID and boundary: what the database holds need not be a UUID.
std::string token_of(std::string_view uuid) {
  constexpr std::size_t kMaxToken = 40;
  std::string token;
  for (const char c : uuid.substr(0, kMaxToken)) {
    const bool is_safe =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    token += is_safe ? c : '-';
  }
  return token.empty() ? "none" : token;
}

std::string subject_of(const config::Settings& settings, const Message& message) {
  std::string subject;
  if (!settings.email_app_name.empty()) {
    subject = sendable_line(settings.email_app_name, kMaxAppName) + ": ";
  }
  subject += message.subject.empty() ? "(no subject)" : message.subject;
  return sendable_line(subject, kMaxMailSubject);
}

std::string from_of(const config::Settings& settings) {
  const std::string name = sendable_line(settings.email_app_name, kMaxAppName);
  if (name.empty()) return settings.sender_email;
  return header_phrase(name) + "\r\n <" + settings.sender_email + ">";
}

std::string recipients_of(const config::Settings& settings) {
  std::string list;
  for (const std::string& recipient : settings.recipient_email) {
    if (!list.empty()) list += ",\r\n ";
    list += recipient;
  }
  return list;
}

std::string part(std::string_view boundary, std::string_view type, std::string_view text) {
  return "--" + std::string(boundary) + "\r\nContent-Type: " + std::string(type) +
         "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
         quoted_printable(text) + "\r\n";
}

}  // namespace

std::string mail_date(std::time_t time) {
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm local{};
  localtime_r(&time, &local);
  const long minutes = local.tm_gmtoff / 60;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d %c%02ld%02ld",
                kDays[static_cast<std::size_t>(local.tm_wday)], local.tm_mday,
                kMonths[static_cast<std::size_t>(local.tm_mon)], local.tm_year + 1900,
                local.tm_hour, local.tm_min, local.tm_sec, minutes < 0 ? '-' : '+',
                std::labs(minutes) / 60, std::labs(minutes) % 60);
  return text.data();
}

std::string mail_message(const config::Settings& settings, const Message& message,
                         std::string_view date) {
  const std::string token = token_of(message.uuid);
  const std::string& sender = settings.sender_email;
  const std::string subject = subject_of(settings, message);
  // "=_" cannot come up in quoted-printable.
  const std::string boundary = "=_dblog_" + token;
  std::string head = "From: " + from_of(settings) + "\r\nTo: " + recipients_of(settings) +
                     "\r\nSubject: " + header_text(subject) + "\r\nDate: " + std::string(date) +
                     "\r\nMessage-ID: <" + token + sender.substr(sender.rfind('@')) +
                     ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                     "Content-Type: multipart/alternative;\r\n boundary=\"" +
                     boundary + "\"\r\n\r\n";
  const std::string clean = sendable_text(message.body);
  const std::string page = mail_page(subject, message);
  // How much the encodings add depends on the text, so less and less of it is tried.
  for (std::size_t limit = kMaxBodyBytes;; limit -= limit / 4) {
    const std::string body = cut_middle(clean, std::max<std::size_t>(limit, 1'000), byte_cost);
    std::string mail = head + part(boundary, "text/plain", body);
    // What is laid out by parts is whole; a text that was cut has none.
    const bool is_whole = limit == kMaxBodyBytes && body.size() == clean.size();
    const std::string html = is_whole ? page : mail_page(subject, {.body = body});
    mail.append(part(boundary, "text/html", html));
    mail.append("--").append(boundary).append("--\r\n");
    if (mail.size() <= kMaxMailBytes || limit <= 1'000) return mail;
  }
}

}  // namespace dblog::notify
