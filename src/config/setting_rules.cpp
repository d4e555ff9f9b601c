// The rules for single settings: URLs (RFC 3986), hosts, addresses (RFC 5321), UTF-8 (RFC 3629).
#include "src/config/setting_rules.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "src/base/ascii.hpp"

namespace dblog::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool starts_ignoring_case(std::string_view text, std::string_view start) {
  return base::is_same_ignoring_case(text.substr(0, start.size()), start);
}

bool is_ipv4(std::string_view text) {
  in_addr address{};
  return inet_pton(AF_INET, std::string{text}.c_str(), &address) == 1;
}

bool is_ipv6(std::string_view text) {
  in6_addr address{};
  return inet_pton(AF_INET6, std::string{text}.c_str(), &address) == 1;
}

// Dots between labels of letters, digits, '-' and '_', or of bytes beyond ASCII (IDN).
bool is_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > 253) return false;
  std::size_t label_size = 0;
  for (const char c : text) {
    if (c == '.') {
      if (label_size == 0) return false;
      label_size = 0;
      continue;
    }
    const bool is_beyond_ascii = static_cast<unsigned char>(c) >= 0x80;
    if (!is_digit(c) && !is_letter(c) && c != '-' && c != '_' && !is_beyond_ascii) return false;
    if (++label_size > 63) return false;
  }
  return label_size > 0;
}

bool is_this_machine(std::string_view host) {
  if (base::is_same_ignoring_case(host, "localhost") || host == "[::1]") return true;
  return is_ipv4(host) && host.starts_with("127.");
}

// The host of "host", "host:port" or "[v6]:port"; empty for anything else.
std::string_view host_of_authority(std::string_view authority) {
  const bool is_bracketed = authority.starts_with('[');
  const std::size_t after = is_bracketed ? authority.find(']') : authority.find(':');
  if (is_bracketed && after == std::string_view::npos) return {};
  const std::size_t host_end =
      after == std::string_view::npos ? authority.size() : after + (is_bracketed ? 1 : 0);
  const std::string_view host = authority.substr(0, host_end);
  const std::string_view rest = authority.substr(host_end);
  if (!rest.empty() && (rest[0] != ':' || !parse_port(rest.substr(1)))) return {};
  const bool is_good = is_bracketed ? is_ipv6(host.substr(1, host.size() - 2)) : is_host_name(host);
  return is_good ? host : std::string_view{};
}

// How long the UTF-8 sequence at the start is; 0 if it is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool is_overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool is_surrogate = first == 0xED && byte(1) >= 0xA0;
    return follows(1) && follows(2) && !is_overlong && !is_surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool is_overlong = first == 0xF0 && byte(1) < 0x90;
    const bool is_beyond_unicode = first == 0xF4 && byte(1) >= 0x90;
    const bool is_whole = follows(1) && follows(2) && follows(3);
    return is_whole && !is_overlong && !is_beyond_unicode ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_printable_text(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t length = utf8_length(text);
    const bool is_c1_control =
        first == 0xC2 && length == 2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length == 0 || first < 0x20 || first == 0x7F || is_c1_control) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_webhook_url(std::string_view text) {
  constexpr std::string_view kNeverInUrl = "\"<>\\^`{|}";
  const auto is_url_character = [&](char c) {
    return c > ' ' && c < 0x7F && kNeverInUrl.find(c) == std::string_view::npos;
  };
  if (!std::all_of(text.begin(), text.end(), is_url_character)) return false;
  const bool is_https = starts_ignoring_case(text, "https://");
  if (!is_https && !starts_ignoring_case(text, "http://")) return false;
  text.remove_prefix(text.find("//") + 2);
  // An '@' before the path would make what looks like the host a user name.
  const std::string_view host = host_of_authority(text.substr(0, text.find_first_of("/?#")));
  return !host.empty() && (is_https || is_this_machine(host));
}

bool is_webhook_to_this_machine(std::string_view url) {
  if (!is_webhook_url(url)) return false;
  url.remove_prefix(url.find("//") + 2);
  return is_this_machine(host_of_authority(url.substr(0, url.find_first_of("/?#"))));
}

bool is_host(std::string_view text) { return is_ipv6(text) || is_host_name(text); }

bool is_mail_address(std::string_view text) {
  constexpr std::string_view kNotInAddress = " <>,;:()[]\\\"";
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || text.size() > 254) return false;
  const std::string_view user = text.substr(0, at);
  return is_printable_text(text) && user.find_first_of(kNotInAddress) == std::string_view::npos &&
         user.find('@') == std::string_view::npos && is_host_name(text.substr(at + 1));
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_environment(std::string_view text) {
  constexpr std::size_t kMostBytes = 63;
  return !text.empty() && text.size() <= kMostBytes && is_printable_text(text);
}

std::vector<std::string_view> split_at(char separator, std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    std::string_view part = text.substr(0, end);
    part.remove_prefix(std::min(part.find_first_not_of(kSpace), part.size()));
    part = part.substr(0, part.find_last_not_of(kSpace) + 1);
    if (!part.empty()) parts.push_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace dblog::config
