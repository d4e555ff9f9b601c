// Numbers masked, the rest hashed.
#include "src/outbox/alert_key.hpp"

#include <array>
#include <cstdint>
#include <string>

#include "src/base/fnv1a.hpp"

namespace dblog::outbox {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte | 0x20U) - 'a' < 26U || c == '_' || byte >= 0x80;
}

bool is_hex(char c) { return is_digit(c) || (static_cast<unsigned char>(c) | 0x20U) - 'a' < 6U; }

bool is_word(char c) { return is_digit(c) || is_letter(c); }

template <typename Rule>
std::size_t run_length(std::string_view text, const Rule& rule) {
  std::size_t length = 0;
  while (length < text.size() && rule(text[length])) ++length;
  return length;
}

bool is_address(std::string_view word) {
  return word.size() > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X') &&
         run_length(word.substr(2), is_hex) == word.size() - 2;
}

// "17", "17ms", "worker17", and "22T10" of an ISO date. Nothing else: see the header.
void append_word(std::string& masked, std::string_view word) {
  constexpr std::size_t kLongestUnit = 3;
  if (is_address(word)) {
    masked += '#';
    return;
  }
  const std::size_t first_letters = run_length(word, is_letter);
  const std::size_t number = run_length(word.substr(first_letters), is_digit);
  const std::string_view rest = word.substr(first_letters + number);
  const bool is_plain = rest.empty();
  const bool has_unit = first_letters == 0 && rest.size() <= kLongestUnit &&
                        run_length(rest, is_letter) == rest.size();
  const bool is_iso_date = first_letters == 0 && rest.size() > 1 && rest[0] == 'T' &&
                           run_length(rest.substr(1), is_digit) == rest.size() - 1;
  if (number == 0 || !(is_plain || has_unit || is_iso_date)) {
    masked += word;
    return;
  }
  masked += word.substr(0, first_letters);
  masked += '#';
  if (is_iso_date) {
    masked += "T#";
  } else {
    masked += rest;
  }
}

bool is_before_sign(std::string_view before) {
  constexpr std::string_view kOpeners = " \t\n=([{<,:;\"'";
  return before.empty() || kOpeners.find(before.back()) != std::string_view::npos;
}

// The length of ".5" or ",204" after a number.
std::size_t continuation(std::string_view text) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit(text[1])) return 0;
  const std::size_t length = 1 + run_length(text.substr(1), is_digit);
  return length < text.size() && is_letter(text[length]) ? 0 : length;
}

// Independent of FNV-1a: the same idea with another prime and a rotation. Alerts are few enough for
// 128 bits of both never to meet by accident.
std::uint64_t second_hash(std::string_view text) {
  std::uint64_t hash = 0x9ae16a3b2f90404fU;
  for (const char c : text) {
    hash = ((hash << 5U) | (hash >> 59U)) ^ static_cast<unsigned char>(c);
    hash *= 0xff51afd7ed558ccdU;
  }
  return hash;
}

void append_hex(std::string& text, std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) {
    text += kDigits[(value >> static_cast<unsigned>(shift)) & 0xfU];
  }
}

}  // namespace

std::string mask_numbers(std::string_view text) {
  std::string masked;
  masked.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_word(c)) {
      const std::size_t length = run_length(text.substr(at), is_word);
      append_word(masked, text.substr(at, length));
      const bool is_number = is_digit(text[at + length - 1]);
      at += length;
      for (std::size_t more; is_number && (more = continuation(text.substr(at))) > 0;) at += more;
      continue;
    }
    const bool is_sign = (c == '-' || c == '+') && at + 1 < text.size() && is_digit(text[at + 1]) &&
                         is_before_sign(text.substr(0, at));
    if (!is_sign) masked += c;
    ++at;
  }
  return masked;
}

std::string alert_key(const AlertFields& alert) {
  std::string masked;
  for (const std::string_view text : {alert.subject, alert.body, alert.program, alert.release,
                                      alert.host, alert.thread_name, alert.stack_trace}) {
    masked.append(mask_numbers(text)).push_back('\0');
  }
  masked += alert.crash_fingerprint;
  std::string key;
  append_hex(key, base::Fnv1a{}.add(masked).value());
  append_hex(key, second_hash(masked));
  return key;
}

}  // namespace dblog::outbox
