#include "tools/dblog/doctor_debug_info.hpp"

#include <chrono>
#include <ctime>
#include <optional>
#include <sstream>

#include "src/run/child_answer.hpp"
#include "src/symbols/code_sample.hpp"
#include "src/symbols/symbolizer.hpp"
#include "tools/dblog/symbol_settings.hpp"

namespace dblog::tool {
namespace {

constexpr std::size_t kPlaces = 64;

// In a child: the file may be broken.
std::optional<symbols::CodeSample> sample_of(const std::filesystem::path& program) {
  constexpr std::chrono::seconds kPatience{10};
  const run::ChildAnswer child = run::ask_child(
      [&program](int output) {
        const auto sample = symbols::sample_code(program, kPlaces);
        if (!sample) return;
        std::string text = "." + sample->build_id + '\n';
        for (const std::uint64_t offset : sample->offsets) text += std::to_string(offset) + '\n';
        run::answer(output, text);
      },
      kPatience);
  if (!child.is_whole() || child.text.empty()) return std::nullopt;
  std::istringstream lines{child.text};
  symbols::CodeSample sample;
  std::getline(lines, sample.build_id);
  sample.build_id.erase(0, 1);
  for (std::uint64_t offset = 0; lines >> offset;) sample.offsets.push_back(offset);
  return sample;
}

struct Named {
  std::size_t lines = 0;
  std::size_t functions = 0;
};

Named count_named(const std::vector<symbols::Places>& answers) {
  Named named;
  for (const symbols::Places& places : answers) {
    if (places.empty()) continue;
    named.lines += places.back().line > 0 ? 1 : 0;
    named.functions += places.back().function.empty() ? 0 : 1;
  }
  return named;
}

std::string misfit_text(const symbols::Symbolizer& symbolizer) {
  if (symbolizer.misfits().empty()) return "";
  const symbols::Misfit& misfit = symbolizer.misfits().front().misfit;
  return "; " + misfit.path + " does not fit: " +
         std::string{symbols::kMisfitWords[static_cast<std::size_t>(misfit.reason)]};
}

}  // namespace

Check check_debug_info(const std::filesystem::path& program, const std::string& env_file) {
  constexpr const char* kName = "debug information";
  const auto sample = sample_of(program);
  if (!sample) {
    return {kName, CheckState::warning, program.string() + ": is no ELF file that can be read"};
  }
  const SymbolSettings settings = load_symbol_settings(env_file);
  symbols::Symbolizer symbolizer = make_symbolizer(settings);
  std::vector<symbols::CodeAddress> addresses;
  for (const std::uint64_t offset : sample->offsets) addresses.push_back({offset, false});
  const Named named = count_named(
      symbolizer.places({program.string(), sample->build_id, std::time(nullptr)}, addresses));
  const std::string of_all = " of " + std::to_string(addresses.size()) + " places in its code";
  Check check{kName, CheckState::ok, program.string() + ": "};
  if (named.lines > 0) {
    check.found += "file and line of " + std::to_string(named.lines) + of_all;
  } else if (named.functions > 0) {
    check.state = CheckState::warning;
    check.found += "no lines, and the functions of " + std::to_string(named.functions) + of_all;
  } else {
    check.state = CheckState::warning;
    check.found += "nothing: it is stripped";
  }
  check.found += misfit_text(symbolizer);
  if (check.state != CheckState::ok) {
    check.advice =
        "Build it with -g, or keep its debug file and name the directory in debug_dirs "
        "(docs/settings.md)";
  } else if (sample->build_id.empty()) {
    check.state = CheckState::warning;
    check.found += "; without a build id, only for as long as the file is not replaced";
    check.advice = "Link it with -Wl,--build-id";
  }
  return check;
}

}  // namespace dblog::tool
