#include "src/api/program_process.hpp"

#include <exception>
#include <string_view>

#include "dblog/handlers.hpp"
#include "handlers/crash_recorder.hpp"
#include "handlers/record/context_values.hpp"
#include "src/api/call_scope.hpp"
#include "src/api/scrub_rules.hpp"
#include "src/base/text_buffer.hpp"
#include "src/config/settings.hpp"
#include "src/event/process_row.hpp"
#include "src/event/program_environment.hpp"
#include "src/store/own_process.hpp"

namespace dblog {
namespace {

// With the first row of a process. Not again in a child: it inherits what its parent knew.
store::ProcessRow own_process() {
  store::ProcessRow row = event::own_process_row();
  if (const scrub::Rules* rules = api::scrub_rules_in_force()) rules->scrub(row.command_line);
  if (row.environment.empty()) row.environment = config::load_settings().settings.environment;
  return row;
}

}  // namespace

namespace api {

void record_this_process() noexcept { store::set_process_source(&own_process); }

void use_environment(const std::string& environment) {
  char text[event::kMaxEnvironment + 1];
  base::TextBuffer{text}.untrusted(environment);
  const crash::ProcessContextChange turn;  // one caller at a time, as of the process's context
  event::set_program_environment(text);
  if (turn.has_turn()) crash::set_process_environment(text);
  store::note_process_change();
}

void describe_process(crash::ProcessFacts& facts) {
  store::ProcessRow row = event::own_process_row();
  if (const scrub::Rules* rules = scrub_rules_in_force()) rules->scrub(row.command_line);
  store::note_process_change();
  base::TextBuffer{facts.executable} << row.executable;
  base::TextBuffer{facts.host}.untrusted(row.host);
  base::TextBuffer{facts.environment}.untrusted(row.environment);
  base::TextBuffer{facts.machine_id}.untrusted(row.machine_id);
  base::TextBuffer{facts.command_line}.untrusted(row.command_line);
  base::TextBuffer{facts.directory}.untrusted(row.directory);
  base::TextBuffer{facts.kernel}.untrusted(row.kernel);
  base::TextBuffer{facts.distribution}.untrusted(row.distribution);
  facts.user_id = row.user_id.value_or(-1);
  facts.started_utc_microseconds = row.started_utc_microseconds;
}

}  // namespace api

inline namespace abi_1 {

void set_environment(std::string_view environment) noexcept try {
  const api::CallScope scope;
  api::use_environment(std::string(environment));
} catch (const std::exception&) {
  // Without memory the rows do not say it.
}

}  // namespace abi_1
}  // namespace dblog
