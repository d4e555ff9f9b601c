// Search without case for every form of every secret.
#include "src/notify/secret_mask.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "src/base/ascii.hpp"
#include "src/notify/mime_encoding.hpp"
#include "src/notify/plain_text.hpp"

namespace dblog::notify {
namespace {

constexpr std::string_view kMasked = "***";
// Shorter parts of a path, and of base64, hexadecimal and reversed texts, would hide ordinary
// words.
constexpr std::size_t kMinPart = 4;

// What `secret` looks like in base64 when `before` bytes of something else stand in front of it in
// its group: the digits that depend on it alone.
std::string base64_core(std::string_view secret, std::size_t before) {
  std::string encoded = base64(std::string(before, 'x') + std::string(secret));
  encoded.erase(encoded.find_last_not_of('=') + 1);
  const std::size_t bits = 8 * (before + secret.size());
  const std::size_t first = (8 * before + 5) / 6;
  const std::size_t end = bits / 6;
  return end > first ? encoded.substr(first, end - first) : std::string{};
}

std::string hexadecimal(std::string_view secret) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits;
  for (const char c : secret) {
    const auto byte = static_cast<unsigned char>(c);
    digits += kDigits[byte / 16];
    digits += kDigits[byte % 16];
  }
  return digits;
}

// A text with what it says once %XX and \xXX are read as bytes: a server may repeat a secret in
// that form.
class Readable {
 public:
  explicit Readable(std::string_view text) : text_(text) { read(); }

  void mask(const std::string& secret) {
    std::string masked;
    std::size_t done = 0;
    for (std::size_t at = said_.find(secret); at != std::string::npos;
         at = said_.find(secret, at + secret.size())) {
      masked.append(text_, done, starts_[at] - done).append(kMasked);
      done = starts_[at + secret.size()];
    }
    if (done == 0) return;
    text_ = masked.append(text_, done);
    read();
  }

  std::string take() { return std::move(text_); }

 private:
  static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = base::lower_case(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }

  void read() {
    said_.clear();
    starts_.clear();
    for (std::size_t at = 0; at < text_.size();) {
      starts_.push_back(at);
      const bool is_escape = text_[at] == '\\' && at + 1 < text_.size() && text_[at + 1] == 'x';
      const std::size_t digits = at + (is_escape ? 2 : 1);
      const bool is_code = (is_escape || text_[at] == '%') && digits + 1 < text_.size() &&
                           digit(text_[digits]) >= 0 && digit(text_[digits + 1]) >= 0;
      const int code = is_code ? digit(text_[digits]) * 16 + digit(text_[digits + 1]) : 0;
      said_ += base::lower_case(is_code ? static_cast<char>(code) : text_[at]);
      at = is_code ? digits + 2 : at + 1;
    }
    starts_.push_back(text_.size());
  }

  std::string text_;
  std::string said_;
  std::vector<std::size_t> starts_;  // of each byte of said_ in text_, and the end
};

// The parts of every webhook's path that say nothing.
bool is_ordinary(std::string_view part) {
  constexpr std::array<std::string_view, 4> kOrdinary = {"services", "hooks", "webhook",
                                                         "webhooks"};
  return std::find(kOrdinary.begin(), kOrdinary.end(), part) != kOrdinary.end();
}

}  // namespace

SecretMask::SecretMask(const config::Settings& settings) {
  add_webhook(settings.webhook.reveal());
  add_every_form(settings.password.reveal());
  add_every_form(settings.username.reveal());
  std::sort(secrets_.begin(), secrets_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  secrets_.erase(std::unique(secrets_.begin(), secrets_.end()), secrets_.end());
}

// What is a part of "***" is no secret any more.
void SecretMask::add(std::string_view secret) {
  if (secret.empty() || kMasked.find(secret) != std::string_view::npos) return;
  secrets_.push_back(base::lower_cased(std::string(secret)));
}

// Also as in URLs: other characters in base64, '+' for a space.
void SecretMask::add_with_url_form(std::string secret) {
  add(secret);
  std::replace(secret.begin(), secret.end(), '+', '-');
  std::replace(secret.begin(), secret.end(), '/', '_');
  add(secret);
}

void SecretMask::add_every_form(std::string_view secret) {
  if (secret.empty()) return;
  add(secret);
  std::string with_plus(secret);
  std::replace(with_plus.begin(), with_plus.end(), ' ', '+');
  add(with_plus);
  if (secret.size() >= kMinPart) {
    add(hexadecimal(secret));
    add(std::string(secret.rbegin(), secret.rend()));
  }
  add_with_url_form(base64(secret));
  for (const std::size_t before : {0U, 1U, 2U}) {
    const std::string core = base64_core(secret, before);
    if (core.size() >= kMinPart) add_with_url_form(core);
  }
}

void SecretMask::add_webhook(std::string_view url) {
  add(url);
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return;
  const std::size_t path_start = url.find_first_of("/?#", scheme + 3);
  if (path_start == std::string_view::npos || path_start + 1 == url.size()) return;
  std::string_view path = url.substr(path_start);
  add_every_form(path);
  while (!path.empty()) {
    const std::size_t end = path.find_first_of("/?&=#");
    const std::string_view part = path.substr(0, end);
    if (part.size() >= kMinPart && !is_ordinary(base::lower_cased(std::string(part))))
      add_every_form(part);
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
}

std::string SecretMask::apply(std::string_view text, std::size_t max_characters) const {
  Readable readable(text);
  for (const std::string& secret : secrets_) readable.mask(secret);
  std::string masked = readable.take();
  drop_cut_off_secret(masked);
  const std::size_t start = masked.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return {};
  masked = masked.substr(start, masked.find_last_not_of(" \t\r\n") - start + 1);
  return sendable_line(masked, max_characters);
}

void SecretMask::drop_cut_off_secret(std::string& text) const {
  const std::string searched = base::lower_cased(std::string(text));
  for (const std::string& secret : secrets_) {
    for (std::size_t length = std::min(secret.size() - 1, searched.size()); length >= kMinPart;
         --length) {
      if (!searched.ends_with(std::string_view(secret).substr(0, length))) continue;
      text.replace(text.size() - length, length, kMasked);
      return;
    }
  }
}

}  // namespace dblog::notify
