#include "tools/dblog/scrub_settings.hpp"

#include <forward_list>
#include <system_error>
#include <vector>

#include "src/config/settings.hpp"
#include "src/scrub/rules.hpp"

namespace dblog::tool {
namespace {

namespace fs = std::filesystem;

void add(const std::vector<std::string>& more, std::vector<std::string>& rules) {
  rules.insert(rules.end(), more.begin(), more.end());
}

void add_fault(const std::string& text, std::string& faults) {
  faults.append(faults.empty() ? "not scrubbed by all rules: " : "; ").append(text);
}

// Only what hides rules: verbs that need the rest report it.
void add_faults(const config::LoadedSettings& loaded, std::string& faults) {
  for (const config::SettingError& error : loaded.errors) {
    const bool is_of_file = error.key.empty() && loaded.env_file_refused;
    if (!is_of_file && !error.key.starts_with("scrub_")) continue;
    add_fault(error.text(), faults);
  }
}

bool is_same_file(const fs::path& left, const fs::path& right) {
  std::error_code error;
  return fs::equivalent(left, right, error) && !error;
}

}  // namespace

std::string use_scrub_settings(const fs::path& env_file, const fs::path& database) {
  std::string faults;
  const config::LoadedSettings own = config::load_settings(env_file);
  add_faults(own, faults);
  scrub::RuleTexts texts = own.settings.scrub;
  std::error_code error;
  const fs::path beside = database.parent_path() / ".env";
  if (fs::exists(beside, error) && !is_same_file(beside, own.env_file)) {
    const config::LoadedSettings more = config::load_settings(fs::absolute(beside, error));
    add_faults(more, faults);
    add(more.settings.scrub.keys, texts.keys);
    add(more.settings.scrub.patterns, texts.patterns);
  }
  // Each file's are without fault; of both together there may be too many.
  std::vector<scrub::RuleFault> of_both;
  (void)scrub::usable_rules(texts, of_both);
  for (const scrub::RuleFault& fault : of_both) {
    add_fault(fault.text() + " in .env and in .env beside the database", faults);
  }
  // As long as the process lives: threads may use those before.
  static auto& all = *new std::forward_list<scrub::Rules>;
  scrub::set_active_rules(texts.is_empty() ? nullptr : &all.emplace_front(texts));
  return faults;
}

}  // namespace dblog::tool
