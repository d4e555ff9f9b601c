// Search without case for every form of every secret.
#include "src/notify/secret_mask.hpp"

#include <algorithm>
#include <array>

#include "src/notify/mime_encoding.hpp"
#include "src/notify/plain_text.hpp"

namespace dblog::notify {
namespace {

constexpr std::string_view kMasked = "***";
// Shorter parts of a path and of base64 would hide ordinary words.
constexpr std::size_t kMinPart = 4;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

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

// The parts of every webhook's path that say nothing.
bool is_ordinary(std::string_view part) {
  constexpr std::array<std::string_view, 4> kOrdinary = {"services", "hooks", "webhook",
                                                         "webhooks"};
  return std::find(kOrdinary.begin(), kOrdinary.end(), part) != kOrdinary.end();
}

}  // namespace

SecretMask::SecretMask(const config::Settings& settings) {
  add_webhook(settings.webhook.reveal());
  add_with_base64(settings.password.reveal());
  add_with_base64(settings.username.reveal());
  std::sort(secrets_.begin(), secrets_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  secrets_.erase(std::unique(secrets_.begin(), secrets_.end()), secrets_.end());
}

void SecretMask::add(std::string_view secret) {
  if (!secret.empty()) secrets_.push_back(lower(secret));
}

void SecretMask::add_with_base64(std::string_view secret) {
  if (secret.empty()) return;
  add(secret);
  add(base64(secret));
  for (const std::size_t before : {0U, 1U, 2U}) {
    const std::string core = base64_core(secret, before);
    if (core.size() >= kMinPart) add(core);
  }
}

void SecretMask::add_webhook(std::string_view url) {
  add(url);
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return;
  const std::size_t path_start = url.find_first_of("/?#", scheme + 3);
  if (path_start == std::string_view::npos || path_start + 1 == url.size()) return;
  std::string_view path = url.substr(path_start);
  add_with_base64(path);
  while (!path.empty()) {
    const std::size_t end = path.find_first_of("/?&=#");
    const std::string_view part = path.substr(0, end);
    if (part.size() >= kMinPart && !is_ordinary(lower(part))) add_with_base64(part);
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
}

std::string SecretMask::apply(std::string_view text, std::size_t max_characters) const {
  std::string masked(text);
  for (const std::string& secret : secrets_) {
    std::string searched = lower(masked);
    for (std::size_t at = searched.find(secret); at != std::string::npos;
         at = searched.find(secret, at + kMasked.size())) {
      masked.replace(at, secret.size(), kMasked);
      searched.replace(at, secret.size(), kMasked);
    }
  }
  drop_cut_off_secret(masked);
  const std::size_t start = masked.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return {};
  masked = masked.substr(start, masked.find_last_not_of(" \t\r\n") - start + 1);
  return sendable_line(masked, max_characters);
}

void SecretMask::drop_cut_off_secret(std::string& text) const {
  const std::string searched = lower(text);
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
