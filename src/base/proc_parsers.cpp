// Context: crash time.
#include "src/base/proc_parsers.hpp"

#include <cstddef>
#include <cstring>

namespace dblog::base {
namespace {

constexpr std::int64_t kBytesPerKib = 1024;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
int hex_digit(char c) noexcept {
  return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

void skip_blanks(std::string_view& text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

// Not string_view::starts_with() or substr(): unoptimised they refer to the exception machinery.
bool starts_with(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() &&
         std::memcmp(text.data(), prefix.data(), prefix.size()) == 0;
}

bool skip_prefix(std::string_view& text, std::string_view prefix) noexcept {
  if (!starts_with(text, prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

void skip_line(std::string_view& text) noexcept {
  const void* end = std::memchr(text.data(), '\n', text.size());
  text.remove_prefix(
      end == nullptr ? text.size()
                     : static_cast<std::size_t>(static_cast<const char*>(end) - text.data()) + 1);
}

/// Takes the digits at the front; kNotFound if there are none or they exceed 63 bits.
std::int64_t take_whole(std::string_view& text) noexcept {
  if (text.empty() || !is_digit(text.front())) return kNotFound;
  std::int64_t value = 0;
  bool fits = true;
  while (!text.empty() && is_digit(text.front())) {
    fits = fits && !__builtin_mul_overflow(value, std::int64_t{10}, &value) &&
           !__builtin_add_overflow(value, std::int64_t{text.front() - '0'}, &value);
    text.remove_prefix(1);
  }
  return fits ? value : kNotFound;
}

/// Takes "12.34" or "12" at the front; negative if there is none.
double take_decimal(std::string_view& text) noexcept {
  constexpr std::int64_t kEnoughDigits = 1'000'000'000;
  const std::int64_t whole = take_whole(text);
  if (whole == kNotFound) return -1;
  std::int64_t fraction = 0;
  std::int64_t scale = 1;
  if (skip_prefix(text, ".")) {
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
      if (scale >= kEnoughDigits) continue;
      fraction = fraction * 10 + (text.front() - '0');
      scale *= 10;
    }
  }
  return static_cast<double>(whole) + static_cast<double>(fraction) / static_cast<double>(scale);
}

/// Takes the front up to `separator`, and drops that. False, taking nothing, if there is none: a
/// last piece without its separator may have been cut.
bool take_piece(std::string_view& text, char separator, std::string_view& piece) noexcept {
  const std::size_t end = text.find(separator);
  if (end == std::string_view::npos) return false;
  piece = {text.data(), end};
  text.remove_prefix(end + 1);
  return true;
}

std::int64_t whole_number(std::string_view text) noexcept {
  const std::int64_t value = take_whole(text);
  return text.empty() ? value : kNotFound;
}

std::int64_t sum(std::int64_t left, std::int64_t right) noexcept {
  std::int64_t result = 0;
  if (left < 0 || right < 0 || __builtin_add_overflow(left, right, &result)) return kNotFound;
  return result;
}

// The path of a cgroup line, unless it lies outside this process's namespace.
std::string_view path_inside(std::string_view path) noexcept {
  const bool is_outside = path == "/.." || starts_with(path, "/../");
  return starts_with(path, "/") && !is_outside ? path : std::string_view{};
}

}  // namespace

ProcessStat parse_process_stat(std::string_view text) noexcept {
  ProcessStat stat;
  // "PID (command) S …": the command may hold anything, ") " too, but nothing behind it holds ')'.
  const std::size_t command_end = text.rfind(") ");
  if (command_end == std::string_view::npos) return stat;
  text.remove_prefix(command_end + 2);

  constexpr int kFirstField = 3;
  constexpr int kLastField = 24;
  std::int64_t user = kNotFound;
  std::int64_t system = kNotFound;
  std::string_view piece;
  for (int field = kFirstField; field <= kLastField && take_piece(text, ' ', piece); ++field) {
    switch (field) {
      case 14:
        user = whole_number(piece);
        break;
      case 15:
        system = whole_number(piece);
        break;
      case 20:
        stat.threads = whole_number(piece);
        break;
      case 22:
        stat.start_ticks = whole_number(piece);
        break;
      case 24:
        stat.rss_pages = whole_number(piece);
        break;
      default:
        break;
    }
  }
  stat.cpu_ticks = sum(user, system);
  return stat;
}

std::int64_t parse_named_value(std::string_view text, std::string_view name) noexcept {
  std::string_view line;
  while (take_piece(text, '\n', line)) {
    if (!skip_prefix(line, name)) continue;
    if (!skip_prefix(line, ":") && (line.empty() || !is_blank(line.front()))) continue;
    skip_blanks(line);
    std::int64_t value = take_whole(line);
    if (value == kNotFound || line.empty()) return value;
    const bool in_bytes = line == " kB" && !__builtin_mul_overflow(value, kBytesPerKib, &value);
    return in_bytes ? value : kNotFound;
  }
  return kNotFound;
}

ProcessIo parse_process_io(std::string_view text) noexcept {
  return {parse_named_value(text, "syscr"), parse_named_value(text, "syscw")};
}

bool is_signal_in(std::string_view name, std::string_view text, int signal) noexcept {
  while (!text.empty()) {
    if (!skip_prefix(text, name)) {
      skip_line(text);
      continue;
    }
    skip_blanks(text);
    std::uint64_t mask = 0;
    for (; !text.empty() && text.front() != '\n'; text.remove_prefix(1)) {
      const int digit = hex_digit(text.front());
      if (digit < 0) return false;
      mask = mask << 4U | static_cast<std::uint64_t>(digit);
    }
    return (mask >> (signal - 1) & 1U) != 0;
  }
  return false;
}

std::int64_t parse_system_call(std::string_view text) noexcept {
  const std::int64_t number = take_whole(text);
  return !text.empty() && text.front() == ' ' ? number : kNotFound;
}

LoadAverage parse_load_average(std::string_view text) noexcept {
  LoadAverage load;
  for (double* average : {&load.minutes_1, &load.minutes_5, &load.minutes_15}) {
    const double value = take_decimal(text);
    if (value < 0 || !skip_prefix(text, " ")) break;
    *average = value;
  }
  return load;
}

double parse_pressure(std::string_view text) noexcept {
  std::string_view line;
  while (take_piece(text, '\n', line)) {
    if (!skip_prefix(line, "some avg10=")) continue;
    const double percent = take_decimal(line);
    return line.empty() || is_blank(line.front()) ? percent : -1;
  }
  return -1;
}

std::int64_t parse_cgroup_value(std::string_view text) noexcept {
  std::string_view line;
  return take_piece(text, '\n', line) ? whole_number(line) : kNotFound;
}

std::string_view parse_unified_cgroup(std::string_view text) noexcept {
  std::string_view line;
  while (take_piece(text, '\n', line)) {
    if (skip_prefix(line, "0::")) return path_inside(line);
  }
  return {};
}

std::string_view parse_memory_cgroup(std::string_view text) noexcept {
  std::string_view line, number, controllers;
  while (take_piece(text, '\n', line)) {
    if (!take_piece(line, ':', number) || !take_piece(line, ':', controllers)) continue;
    do {
      const std::size_t comma = controllers.find(',');
      if (controllers.substr(0, comma) == "memory") return path_inside(line);
      controllers.remove_prefix(comma == controllers.npos ? controllers.size() : comma + 1);
    } while (!controllers.empty());
  }
  return {};
}

}  // namespace dblog::base
