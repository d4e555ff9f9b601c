#include "tests/crash/call_counts.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "system_call_names.hpp"

namespace dblog::test {
namespace {

std::string name_of(long number) {
  const auto* const known =
      std::find_if(std::begin(kSystemCallNames), std::end(kSystemCallNames),
                   [number](const SystemCallName& call) { return call.number == number; });
  return known != std::end(kSystemCallNames) ? known->name : std::to_string(number);
}

// What stands between backquotes.
std::vector<std::string> quoted_names(std::istringstream text) {
  std::vector<std::string> names;
  std::string name;
  while (std::getline(text, name, '`') && std::getline(text, name, '`')) names.push_back(name);
  return names;
}

}  // namespace

CallCounts count_calls(const std::vector<long>& numbers) {
  CallCounts counts;
  for (const long number : numbers) ++counts[name_of(number)];
  return counts;
}

std::string text_of(const CallCounts& counts) {
  int sum = 0;
  std::string text;
  for (const auto& [name, times] : counts) {
    sum += times;
    text += ' ' + std::to_string(times) + ' ' + name;
  }
  return std::to_string(sum) + " calls:" + text;
}

CallList read_call_list(const std::filesystem::path& file) {
  CallList list;
  std::ifstream lines{file};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string name;
    if (!(words >> name) || name.starts_with('#')) continue;
    std::string reason;
    std::getline(words >> std::ws, reason);
    if (reason.empty()) list.without_reason.push_back(name);
    list.names.insert(name);
    if (!reason.starts_with("rare:")) list.usual.insert(name);
  }
  return list;
}

CallCounts documented_calls(const std::filesystem::path& file, const std::string& section) {
  CallCounts counts;
  std::ifstream lines{file};
  bool is_in_section = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) is_in_section = line == "## " + section;
    std::istringstream cells{line};
    std::string before, names;
    int times = 0;
    if (is_in_section && line.starts_with("| `") && std::getline(cells, before, '|') &&
        std::getline(cells, names, '|') && cells >> times) {
      for (const std::string& name : quoted_names(std::istringstream{names})) {
        counts[name] += times;
      }
    }
  }
  return counts;
}

}  // namespace dblog::test
