#include "src/run/preload_choice.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <system_error>

#include "src/api/tool_search.hpp"
#include "src/run/loader_check.hpp"
#include "src/run/preload_variables.hpp"

namespace dblog::run {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "libdblog_preload.so";

// Beside this program in a build's directory, or where both are installed: below one prefix.
fs::path find_library(std::string& refusal) {
  std::error_code failed;
  const fs::path own = fs::read_symlink("/proc/self/exe", failed).parent_path();
  const fs::path places[] = {own.parent_path() / DBLOG_INSTALLED_PRELOAD, own / kLibrary};
  for (const fs::path& place : places) {
    fs::path library = fs::canonical(place, failed);
    if (failed) continue;
    refusal = api::refusal_of_tool(library);
    return library;
  }
  refusal = std::string{kLibrary} + " is not installed (" + places[0].string() + ')';
  return {};
}

// Of one around this one, which gives handlers to all that its program starts.
bool is_of_another_run(const std::string& variable) {
  return std::any_of(std::begin(kVariables), std::end(kVariables), [&](const char* name) {
    return variable.starts_with(std::string{name} + '=');
  });
}

// First, so that its functions are found before those of others.
void put_into_loader_variable(const std::string& library, std::vector<std::string>& environment) {
  const std::string name = std::string{kLoaderVariable} + '=';
  const auto there = std::find_if(environment.begin(), environment.end(),
                                  [&](const std::string& text) { return text.starts_with(name); });
  if (there == environment.end()) {
    environment.push_back(name + library);
  } else {
    const std::string others = there->substr(name.size());
    *there = name + library + ':' + others;
  }
}

}  // namespace

PreloadChoice choose_preload(const fs::path& program, std::vector<std::string> environment,
                             const Variables& variables) {
  PreloadChoice choice{environment, {}};
  const fs::path library = find_library(choice.refusal);
  if (!choice.refusal.empty()) return choice;
  const ProgramFile file = look_at_program(program);
  choice.refusal = file.refusal;
  if (!choice.refusal.empty()) return choice;
  if (library.native().find_first_of(": ") != std::string::npos) {
    choice.refusal = "the path of " + library.string() + " has a character that LD_PRELOAD splits";
    return choice;
  }
  std::erase_if(environment, is_of_another_run);
  put_into_loader_variable(library.string(), environment);
  std::string names;
  choice.refusal = refusal_of_loader(file, environment, names);
  if (choice.refusal.empty() && names.find("\tlibdblog.so") != std::string::npos) {
    choice.refusal = "it is linked with dblog";
    choice.is_linked = true;
  }
  if (!choice.refusal.empty()) return choice;
  for (const auto& [name, value] : variables) {
    if (!value.empty()) environment.push_back(std::string{name} + '=' + value);
  }
  choice.environment = std::move(environment);
  return choice;
}

}  // namespace dblog::run
