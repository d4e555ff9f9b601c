// dblog doctor: its checks in order, as a page or as JSON.
#include "tools/dblog/doctor.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "tools/dblog/counted_text.hpp"
#include "tools/dblog/doctor_check.hpp"
#include "tools/dblog/doctor_place.hpp"
#include "tools/dblog/doctor_program.hpp"
#include "tools/dblog/doctor_system.hpp"
#include "tools/dblog/doctor_trial.hpp"
#include "tools/dblog/escape_text.hpp"

namespace dblog::tool {
namespace {

constexpr std::string_view kStateWords[] = {"ok", "warning", "problem"};

std::string_view word_of(CheckState state) { return kStateWords[static_cast<std::size_t>(state)]; }

void add(Checks more, Checks& checks) {
  std::move(more.begin(), more.end(), std::back_inserter(checks));
}

std::int64_t count(const Checks& checks, CheckState state) {
  return std::ranges::count(checks, state, &Check::state);
}

std::string page_of(const Checks& checks) {
  constexpr std::size_t kStateWidth = 9;
  constexpr std::size_t kNameWidth = 19;
  std::string page;
  for (const Check& check : checks) {
    std::string head{word_of(check.state)};
    head.resize(kStateWidth, ' ');
    head += check.name;
    head.resize(kStateWidth + kNameWidth, ' ');
    page += head + escape_line(check.found) + '\n';
    if (check.advice.empty()) continue;
    page += std::string(kStateWidth + kNameWidth, ' ') + "-> " + escape_line(check.advice) + '\n';
  }
  return page + '\n' + counted(count(checks, CheckState::problem), "problem") + ", " +
         counted(count(checks, CheckState::warning), "warning") + '\n';
}

std::string json_of(const Checks& checks) {
  nlohmann::ordered_json json{{"problems", count(checks, CheckState::problem)},
                              {"warnings", count(checks, CheckState::warning)},
                              {"checks", nlohmann::ordered_json::array()}};
  for (const Check& check : checks) {
    json["checks"].push_back({{"check", check.name},
                              {"state", word_of(check.state)},
                              {"found", check.found},
                              {"advice", check.advice}});
  }
  return json.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace

Outcome doctor(const std::filesystem::path& database, const DoctorOptions& options) {
  Checks checks = check_place(database);
  add(try_crash_at(database, options.env_file), checks);
  add(check_settings(options.env_file), checks);
  add(check_system(), checks);
  if (!options.command.empty()) {
    add(check_program(options.command.front(), options.env_file), checks);
  }
  if (options.process != 0) add(check_process(options.process, database, options.env_file), checks);
  const bool is_well = count(checks, CheckState::problem) == 0;
  return {is_well ? ExitCode::done : ExitCode::not_everything,
          options.json ? json_of(checks) : page_of(checks), ""};
}

}  // namespace dblog::tool
