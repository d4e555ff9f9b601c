// Context: crash time, except find_abort_message() (setup).
#include "handlers/text/abort_message.hpp"

#include <dlfcn.h>

#include <cstddef>
#include <cstring>

namespace dblog::crash {
namespace {

// glibc 2.36, include/stdlib.h: private to it, hence the look-up by name and private version.
struct AbortMessage {
  unsigned int mapped_size;  // of this struct with its text, in whole pages
  char text[1];
};

AbortMessage* const* message_variable = nullptr;

}  // namespace

void find_abort_message() noexcept {
  message_variable =
      static_cast<AbortMessage* const*>(::dlvsym(RTLD_DEFAULT, "__abort_msg", "GLIBC_PRIVATE"));
}

std::string_view abort_message() noexcept {
  if (message_variable == nullptr || *message_variable == nullptr) return {};
  const AbortMessage& message = **message_variable;
  if (message.mapped_size <= offsetof(AbortMessage, text)) return {};
  std::string_view text{
      message.text, ::strnlen(message.text, message.mapped_size - offsetof(AbortMessage, text))};
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text;
}

}  // namespace dblog::crash
