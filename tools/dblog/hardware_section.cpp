// Hardware for people.
#include "tools/dblog/hardware_section.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

namespace dblog::tool {
namespace {

using Text = std::optional<std::string>;

std::string decimal(double number, int places) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), "%.*f", places, number);
  return text.data();
}

// The VARCHAR columns hold numbers as text; other text is shown as it is.
Text rounded(const Text& stored, int places) {
  if (!stored) return stored;
  double number = 0;
  const char* end = stored->data() + stored->size();
  const auto [stop, failure] = std::from_chars(stored->data(), end, number);
  return failure == std::errc{} && stop == end ? decimal(number, places) : *stored;
}

Text byte_text(const Text& stored) {
  constexpr std::array<std::string_view, 5> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (!stored) return stored;
  std::uint64_t bytes = 0;
  const char* end = stored->data() + stored->size();
  const auto [stop, failure] = std::from_chars(stored->data(), end, bytes);
  if (failure != std::errc{} || stop != end) return stored;
  if (bytes < 1'024) return std::to_string(bytes) + " bytes";
  double amount = static_cast<double>(bytes) / 1'024;
  std::size_t unit = 0;
  for (; amount >= 1'024 && unit + 1 < kUnits.size(); ++unit) amount /= 1'024;
  return decimal(amount, 1).append(" ").append(kUnits[unit]);
}

Text duration_text(const std::optional<double>& seconds) {
  if (!seconds || *seconds < 0 || *seconds > 1e12) return std::nullopt;
  const auto minutes = static_cast<std::int64_t>(*seconds / 60);
  const std::int64_t days = minutes / 1'440;
  const std::string hours =
      std::to_string(minutes / 60 % 24) + " h " + std::to_string(minutes % 60) + " min";
  return days > 0 ? std::to_string(days) + " d " + hours : hours;
}

Text with_unit(const Text& value, std::string_view unit) {
  return value ? *value + std::string(unit) : value;
}

/// The known ones, with a comma between them.
Text listed(std::initializer_list<Text> parts) {
  Text text;
  for (const Text& part : parts) {
    if (!part || part->empty()) continue;
    text = text ? *text + ", " + *part : *part;
  }
  return text;
}

/// "3 of 10", or what of it is known.
Text share(const Text& part, const Text& whole) {
  if (part && whole) return *part + " of " + *whole;
  return part ? part : with_unit(whole, " in all");
}

Text with_label(std::string_view label, const Text& value) {
  return value ? std::string(label) + " " + *value : value;
}

void add_process(PageText& page, const sqlite::Row& log) {
  page.field("CPU", listed({with_unit(rounded(log.text("cpu_times"), 2), " s used"),
                            with_unit(rounded(log.text("cpu_usage"), 1), " % lately")}));
  page.field("Memory", listed({byte_text(log.text("memory")),
                               with_unit(rounded(log.text("mem_use"), 2), " % of RAM")}));
  page.field("Reads, writes", listed({log.text("read_count"), log.text("write_count")}));
}

void add_machine(PageText& page, const sqlite::Row& more) {
  const auto number = [&more](const char* column) -> Text {
    const auto value = more.number(column);
    return value ? Text(decimal(*value, 2)) : std::nullopt;
  };
  const auto bytes = [&more](const char* column) { return byte_text(more.text(column)); };
  page.field("Threads", more.text("threads"));
  page.field("Open files", share(more.text("open_files"), more.text("open_files_limit")));
  page.field("Load", listed({number("load_1"), number("load_5"), number("load_15")}));
  page.field("Uptime", duration_text(more.number("uptime_seconds")));
  page.field("Free RAM", share(bytes("memory_available"), bytes("memory_total")));
  page.field("Free swap", share(bytes("swap_free"), bytes("swap_total")));
  page.field("Cgroup memory", share(bytes("cgroup_memory_current"), bytes("cgroup_memory_max")));
  page.field("Cgroup tasks", share(more.text("cgroup_pids_current"), more.text("cgroup_pids_max")));
  page.field("Pressure", listed({with_label("CPU", with_unit(number("pressure_cpu"), " %")),
                                 with_label("memory", with_unit(number("pressure_memory"), " %")),
                                 with_label("I/O", with_unit(number("pressure_io"), " %"))}));
}

}  // namespace

std::string hardware_text(const sqlite::Row& log) {
  return listed({with_unit(rounded(log.text("cpu_usage"), 1), " % CPU"),
                 with_unit(byte_text(log.text("memory")), " of memory")})
      .value_or("");
}

void add_hardware(PageText& page, const sqlite::Row& log,
                  const std::optional<sqlite::Row>& details) {
  page.section("Hardware");
  add_process(page, log);
  if (details) add_machine(page, *details);
}

}  // namespace dblog::tool
