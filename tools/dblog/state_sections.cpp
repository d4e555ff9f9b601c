#include "tools/dblog/state_sections.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iterator>

#include "src/report/crash_text.hpp"

namespace dblog::tool {
namespace {

constexpr std::size_t kRegistersPerLine = 3;

// ABIs' order: where it was, then what it worked with. Others follow by name and number.
constexpr std::string_view kFirst[] = {"rip", "pc",  "rsp", "sp",  "rbp", "fp", "lr",
                                       "rax", "rbx", "rcx", "rdx", "rsi", "rdi"};

struct RegisterKey {
  std::size_t rank;
  std::string letters;
  int number;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the comparison's 0 for a pointer
  friend auto operator<=>(const RegisterKey&, const RegisterKey&) = default;
};

RegisterKey key_of(const sqlite::Row& row) {
  const std::string name = row.text("name").value_or("");
  const auto rank = static_cast<std::size_t>(std::find(std::begin(kFirst), std::end(kFirst), name) -
                                             std::begin(kFirst));
  const std::size_t digits = std::min(name.find_first_of("0123456789"), name.size());
  int number = -1;
  (void)std::from_chars(name.data() + digits, name.data() + name.size(), number);
  return {rank, name.substr(0, digits), number};
}

/// Microseconds since any fixed day.
std::optional<std::int64_t> microseconds_of(std::string_view date) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0;
  const std::string text{date.substr(0, 26)};
  const int fields = std::sscanf(text.c_str(), "%4d-%2d-%2d %2d:%2d:%2d.%6d", &year, &month, &day,
                                 &hour, &minute, &second, &fraction);
  if (fields < 6) return std::nullopt;
  const std::chrono::year_month_day calendar_day{std::chrono::year{year},
                                                 std::chrono::month{static_cast<unsigned>(month)},
                                                 std::chrono::day{static_cast<unsigned>(day)}};
  if (!calendar_day.ok()) return std::nullopt;
  const std::chrono::sys_days days{calendar_day};
  const std::int64_t seconds =
      ((days.time_since_epoch().count() * std::int64_t{24} + hour) * 60 + minute) * 60 + second;
  return seconds * 1'000'000 + fraction;
}

std::string thread_of(const reader::Details& crash, const sqlite::Row& breadcrumb) {
  const auto tid = breadcrumb.integer("tid");
  if (!tid || tid == crash.entry.row.integer("tid")) return "";
  for (const sqlite::Row& thread : crash.threads) {
    if (thread.integer("tid") != tid) continue;
    if (const auto name = thread.text("name")) {
      return " [" + std::to_string(*tid) + " " + *name + "]";
    }
  }
  return " [" + std::to_string(*tid) + "]";
}

}  // namespace

std::vector<sqlite::Row> in_processor_order(std::vector<sqlite::Row> registers) {
  std::stable_sort(registers.begin(), registers.end(), [](const auto& left, const auto& right) {
    return key_of(left) < key_of(right);
  });
  return registers;
}

void add_registers(PageText& page, const std::vector<sqlite::Row>& registers) {
  if (registers.empty()) return;
  page.section("Registers");
  std::string line;
  std::size_t count = 0;
  for (const sqlite::Row& one : in_processor_order(registers)) {
    std::string name = one.text("name").value_or("?");
    name.resize(std::max<std::size_t>(name.size() + 1, 7), ' ');
    std::string value = one.text("value").value_or("?");
    value.resize(std::max<std::size_t>(value.size() + 2, 20), ' ');
    line += name + value;
    if (++count % kRegistersPerLine != 0 && count != registers.size()) continue;
    line.erase(line.find_last_not_of(' ') + 1);
    page.line(line);
    line.clear();
  }
}

void add_note(PageText& page, const reader::Details& crash) {
  if (!crash.note) return;
  page.section("Note by the program");
  page.block(report::note_text(*crash.note));
}

void add_breadcrumbs(PageText& page, const reader::Details& crash) {
  if (crash.breadcrumbs.empty()) return;
  page.section("Breadcrumbs");
  const std::string crash_date = crash.entry.row.text("date").value_or("");
  std::vector<std::string> times;
  std::size_t width = 0;
  for (const sqlite::Row& row : crash.breadcrumbs) {
    const std::string date = row.text("date").value_or("-");
    times.push_back(time_before(date, crash_date).value_or(date));
    width = std::max(width, times.back().size());
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    const sqlite::Row& row = crash.breadcrumbs[i];
    page.line(std::string(width - times[i].size(), ' ') + times[i] + thread_of(crash, row) + "  " +
              row.text("msg").value_or(""));
  }
}

std::optional<std::string> time_before(std::string_view date, std::string_view crash_date) {
  const auto then = microseconds_of(date);
  const auto crash = microseconds_of(crash_date);
  if (!then || !crash) return std::nullopt;
  const bool is_later = *then > *crash;
  const std::int64_t passed = is_later ? *then - *crash : *crash - *then;
  const std::string sign = is_later ? "+" : "-";
  const std::int64_t minutes = passed / 60'000'000;
  if (minutes >= 60) {
    return sign + std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
  }
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%lld.%03lld s",
                static_cast<long long>(passed / 1'000'000),
                static_cast<long long>(passed / 1'000 % 1'000));
  return sign + text.data();
}

}  // namespace dblog::tool
