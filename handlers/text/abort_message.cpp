// Context: crash time, except find_abort_message() (setup) and keep_program_message() (any).
#include "handlers/text/abort_message.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstring>

#include "src/base/text_buffer.hpp"

namespace dblog::crash {
namespace {

// glibc 2.36, include/stdlib.h: private to it, hence the look-up by name and private version.
struct AbortMessage {
  unsigned int mapped_size;  // of this struct with its text, in whole pages
  char text[1];
};

AbortMessage* const* message_variable = nullptr;

// A thread's id is above 0.
constexpr int kNoThread = 0;
constexpr int kBeingWritten = -1;
std::atomic<int> speaker{kNoThread};
char words_of_speaker[4'096];
std::size_t size_of_words = 0;

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

void keep_program_message(std::string_view text) noexcept {
  int before = speaker.load(std::memory_order_relaxed);
  if (before == kBeingWritten ||
      !speaker.compare_exchange_strong(before, kBeingWritten, std::memory_order_acquire)) {
    return;
  }
  base::TextBuffer words{words_of_speaker};
  words.untrusted(text);
  size_of_words = words.size();
  speaker.store(text.empty() ? kNoThread : ::gettid(), std::memory_order_release);
}

std::string_view program_message(int thread_id) noexcept {
  if (speaker.load(std::memory_order_acquire) != thread_id) return {};
  return {words_of_speaker, size_of_words};
}

}  // namespace dblog::crash
