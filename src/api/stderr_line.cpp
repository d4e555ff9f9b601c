// Lines on stderr with one write().
#include "src/api/stderr_line.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "src/base/fnv1a.hpp"
#include "src/base/standard_error.hpp"
#include "src/base/visible_text.hpp"
#include "src/process/signal_block.hpp"

namespace dblog::api {
namespace {

constexpr std::size_t kMaxLine = 1'000;

constinit std::atomic<bool> is_silent{false};

class Line {
 public:
  void append(std::string_view text) noexcept {
    while (!text.empty()) {
      const char first = text.front();
      const bool breaks_line = first == '\n' || first == '\r' || first == '\0';
      const base::VisiblePiece piece = base::next_visible_piece(text);
      const std::string_view shown = breaks_line ? " " : piece.text();
      if (shown.size() > kMaxLine - length_) return;
      std::copy(shown.begin(), shown.end(), bytes_.data() + length_);
      length_ += shown.size();
    }
  }

  // A pipe that is ready takes PIPE_BUF (4096) bytes without blocking (pipe(7)).
  void write() noexcept {
    base::remember_standard_error_once();
    if (!base::has_standard_error()) return;
    bytes_[length_++] = '\n';
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return;
    const process::ScopedSignalBlock closed_pipe{process::signal_set(SIGPIPE)};
    // There is nowhere to report a failure.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, bytes_.data(), length_);
  }

 private:
  std::array<char, kMaxLine + 1> bytes_;
  std::size_t length_ = 0;
};

// 0 is kept for "empty".
std::uint64_t hash_of(std::string_view text) noexcept {
  return base::Fnv1a{}.add(text).value() | 1U;
}

}  // namespace

void silence_warnings() noexcept { is_silent.store(true, std::memory_order_relaxed); }

void warn(std::initializer_list<std::string_view> parts) noexcept {
  if (is_silent.load(std::memory_order_relaxed)) return;
  Line line;
  line.append("dblog: ");
  for (const std::string_view part : parts) line.append(part);
  line.write();
}

bool WarnOnce::is_new(std::string_view reason) noexcept {
  const std::uint64_t hash = hash_of(reason);
  for (std::atomic<std::uint64_t>& slot : hashes_) {
    std::uint64_t known = 0;
    if (slot.compare_exchange_strong(known, hash)) return true;
    if (known == hash) return false;
  }
  return false;
}

void WarnOnce::forget() noexcept {
  if (hashes_.front().load() == 0) return;
  for (std::atomic<std::uint64_t>& slot : hashes_) slot.store(0);
}

}  // namespace dblog::api
