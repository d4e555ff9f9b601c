// Follows an SMTP conversation that libcurl holds: which command each reply belongs to, and whether
// the message was taken, which libcurl's result alone does not tell.
// Used by mail_sender.cpp; knows nothing of libcurl.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dblog::notify {

enum class SmtpPhase { greeting, hello, starttls, login, sender, recipient, data, body, goodbye };

class SmtpTrace {
 public:
  explicit SmtpTrace(bool needs_login) : needs_login_(needs_login) {}

  /// What goes to the server; only the beginning of commands is looked at.
  void on_command(std::string_view bytes);

  /// A line from the server. False: end the conversation.
  [[nodiscard]] bool on_reply_line(std::string_view line);

  /// The reply after the message's last line; 0 as long as there is none.
  [[nodiscard]] int final_code() const noexcept { return final_code_; }

  /// The last complete reply before the one to QUIT, and what it answered.
  [[nodiscard]] int code() const noexcept { return code_; }
  [[nodiscard]] SmtpPhase phase_of_code() const noexcept { return phase_of_code_; }
  /// Nothing was sent since: the conversation ended with that reply.
  [[nodiscard]] bool ended_with_reply() const noexcept { return !is_waiting_; }
  /// That reply, its lines put together without the code; as the server sent it.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// A login is wanted, and the server offers none.
  [[nodiscard]] bool login_not_offered() const noexcept { return login_not_offered_; }

  /// Recipients that were refused for good; the reply to the first of them.
  [[nodiscard]] int refused_recipients() const noexcept { return refused_recipients_; }
  [[nodiscard]] int refused_code() const noexcept { return refused_code_; }
  [[nodiscard]] const std::string& refused_text() const noexcept { return refused_text_; }

 private:
  [[nodiscard]] bool on_reply();

  const bool needs_login_;
  SmtpPhase phase_ = SmtpPhase::greeting;
  SmtpPhase phase_of_code_ = SmtpPhase::greeting;
  bool tried_login_ = false;
  bool login_not_offered_ = false;
  bool is_inside_reply_ = false;
  bool is_waiting_ = true;
  int code_ = 0;
  int final_code_ = 0;
  std::string text_;
  int refused_recipients_ = 0;
  int refused_code_ = 0;
  std::string refused_text_;
  std::size_t bytes_ = 0;
};

}  // namespace dblog::notify
