// RFC 5321, 4.2: replies are three digits and a text; '-' after the digits says that more follows.
#include "src/notify/smtp_trace.hpp"

#include <algorithm>
#include <utility>

namespace dblog::notify {
namespace {

constexpr std::size_t kMaxReplyText = 4'096;
constexpr std::size_t kMaxConversation = 262'144;

int code_of(std::string_view line) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return 0;
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

}  // namespace

void SmtpTrace::on_command(std::string_view bytes) {
  struct Command {
    std::string_view start;
    SmtpPhase phase;
  };
  constexpr Command kCommands[] = {
      {"EHLO ", SmtpPhase::hello},           {"HELO ", SmtpPhase::hello},
      {"STARTTLS\r\n", SmtpPhase::starttls}, {"AUTH ", SmtpPhase::login},
      {"MAIL FROM:", SmtpPhase::sender},     {"RCPT TO:", SmtpPhase::recipient},
      {"DATA\r\n", SmtpPhase::data},         {"QUIT\r\n", SmtpPhase::goodbye},
  };
  // The message itself, whatever its lines begin with.
  if (phase_ == SmtpPhase::body && final_code_ == 0) return;
  for (const Command& command : kCommands) {
    if (bytes.starts_with(command.start)) phase_ = command.phase;
  }
  // What follows the good-bye says nothing about the message.
  if (phase_ != SmtpPhase::goodbye) is_waiting_ = true;
  tried_login_ = tried_login_ || phase_ == SmtpPhase::login;
}

bool SmtpTrace::on_reply_line(std::string_view line) {
  bytes_ += line.size();
  if (bytes_ > kMaxConversation) return false;
  if (phase_ == SmtpPhase::goodbye || final_code_ != 0) return true;
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (!std::exchange(is_inside_reply_, true)) text_.clear();
  const int code = code_of(line);
  const bool is_last = code != 0 && (line.size() == 3 || line[3] == ' ');
  const std::string_view text =
      code != 0 ? line.substr(std::min<std::size_t>(4, line.size())) : line;
  if (!text_.empty()) text_ += ' ';
  text_ += text.substr(0, kMaxReplyText - std::min(text_.size(), kMaxReplyText));
  if (!is_last) return true;
  is_inside_reply_ = false;
  is_waiting_ = false;
  code_ = code;
  phase_of_code_ = phase_;
  return on_reply();
}

bool SmtpTrace::on_reply() {
  switch (phase_) {
    case SmtpPhase::sender:
      login_not_offered_ = needs_login_ && !tried_login_;
      return !login_not_offered_;
    case SmtpPhase::recipient:
      if (code_ >= 500 && refused_recipients_++ == 0) {
        refused_code_ = code_;
        refused_text_ = text_;
      }
      // Later, to all of them: each recipient gets it, and none gets it twice.
      return code_ < 400 || code_ >= 500;
    case SmtpPhase::data:
      if (code_ == 354) {
        phase_ = SmtpPhase::body;
        is_waiting_ = true;
      }
      return true;
    case SmtpPhase::body:
      final_code_ = code_;
      return true;
    default:
      return true;
  }
}

}  // namespace dblog::notify
