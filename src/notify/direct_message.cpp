// The parts that the outbox would have filled in.
#include "src/notify/direct_message.hpp"

#include <array>
#include <ctime>

#include "src/base/uuid.hpp"
#include "src/notify/plain_text.hpp"
#include "src/text/valid_text.hpp"

namespace dblog::notify {
namespace {

constexpr std::size_t kMaxSubject = 120;

std::string local_date() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &local);
  return {text.data(), length};
}

}  // namespace

Message direct_message(std::string_view text) {
  Message message;
  message.uuid = base::text_of(base::make_uuid()).text;
  message.subject = sendable_line(text::first_line_with_text(text), kMaxSubject);
  message.body = text;
  message.created = local_date();
  return message;
}

}  // namespace dblog::notify
