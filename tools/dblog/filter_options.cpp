#include "tools/dblog/filter_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

#include "dblog/event.hpp"
#include "src/schema/event_words.hpp"
#include "tools/dblog/option_checks.hpp"
#include "tools/dblog/time_option.hpp"

namespace dblog::tool {
namespace {

constexpr std::array<std::string_view, 6> kKinds = {"signal", "exception", "terminate",
                                                    "killed", "ended",     "event"};

template <typename Words>
std::string is_one_of(const Words& words, const std::string& given) {
  std::string all;
  for (const std::string_view word : words) {
    if (word == given) return "";
    all.append(all.empty() ? "" : ", ").append(word);
  }
  return given + " is not one of " + all;
}

/// "SIGSEGV", "segv", "11".
std::optional<int> parse_signal(const std::string& text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure == std::errc{} && stop == end) {
    return number > 0 && number < NSIG ? std::optional{number} : std::nullopt;
  }
  std::string name = text;
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (int signal = 1; signal < NSIG; ++signal) {
    const char* known = ::sigabbrev_np(signal);
    if (known != nullptr && name == known) return signal;
  }
  return std::nullopt;
}

std::vector<std::string> signal_names() {
  std::vector<std::string> names;
  for (int signal = 1; signal < NSIG; ++signal) {
    const char* known = ::sigabbrev_np(signal);
    if (known != nullptr) names.push_back(std::string("SIG") + known);
  }
  return names;
}

std::optional<std::string> parse_date(const std::string& text) {
  if (const auto age = parse_duration(text)) return local_date_text(now() - *age);
  if (const auto time = parse_local_time(text)) return local_date_text(*time);
  return std::nullopt;
}

std::string is_date(const std::string& text) {
  return parse_date(text) ? ""
                          : text +
                                " is no time such as 90s, 30m, 2h, 3d, 2w ago, 2026-01-31 or "
                                "'2026-01-31 12:30'";
}

std::string is_field(const std::string& text) {
  const std::size_t name = text.find('=');
  return name == std::string::npos || name == 0 ? text + " is not NAME=VALUE" : "";
}

std::optional<std::string> if_given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

void add_filter_options(CLI::App& verb, FilterOptions& options) {
  const auto is_not_empty = [](const std::string& text) {
    return text.empty() ? std::string("it is empty") : std::string();
  };
  const auto add = [&](const char* name, auto& value, const char* what, const char* type) {
    return verb.add_option(name, value, what)->type_name(type)->check(is_not_empty);
  };
  add("--since", options.since, "Not before: 2h (ago), 2026-01-31, '2026-01-31 12:30'", "TIME")
      ->check(is_date);
  add("--until", options.until, "Before this time", "TIME")->check(is_date);
  add("--kind", options.kind, "signal, exception, terminate, killed, ended; event", "KIND")
      ->check([](const std::string& word) { return is_one_of(kKinds, word); })
      ->check(offers({kKinds.begin(), kKinds.end()}));
  add("--signal", options.signal, "Crashes and kills by it: SIGSEGV, segv, 11", "SIGNAL")
      ->check(
          [](const std::string& text) { return parse_signal(text) ? "" : text + " is no signal"; })
      ->check(offers(signal_names()));
  add("--severity", options.severity,
      "Crashes, and events at least so severe: info, warning, error, critical", "SEVERITY")
      ->check([](const std::string& word) { return is_one_of(schema::kSeverityWords, word); })
      ->check(offers({std::begin(schema::kSeverityWords), std::end(schema::kSeverityWords)}));
  add("--release", options.release, "Of programs of this release", "RELEASE");
  add("--environment", options.environment, "Of programs in this environment", "NAME");
  add("--text", options.text, "With this in the message or the exception's type", "TEXT");
  add("--field", options.fields, "With this field or context; may be repeated", "NAME=VALUE")
      ->check(is_field)
      ->allow_extra_args(false);
  add("--tag", options.tags, "Events with this tag; may be repeated", "TAG")
      ->allow_extra_args(false);
}

reader::EntryFilter make_filter(const FilterOptions& options) {
  reader::EntryFilter filter{
      .kind = if_given(options.kind),
      .min_severity = if_given(options.severity),
      .release = if_given(options.release),
      .environment = if_given(options.environment),
      .text = if_given(options.text),
      .tags = options.tags,
  };
  filter.since = parse_date(options.since);
  filter.until = parse_date(options.until);
  filter.signal = parse_signal(options.signal);
  for (const std::string& field : options.fields) {
    const std::size_t name = field.find('=');
    filter.fields.push_back({field.substr(0, name), field.substr(name + 1)});
  }
  return filter;
}

}  // namespace dblog::tool
