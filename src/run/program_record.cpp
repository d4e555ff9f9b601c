#include "src/run/program_record.hpp"

#include <sys/wait.h>

#include <chrono>
#include <climits>
#include <ctime>
#include <memory>
#include <utility>

#include "dblog/handlers.hpp"
#include "handlers/record/process_facts.hpp"
#include "src/api/tool_delivery.hpp"
#include "src/base/cgroup_directory.hpp"
#include "src/base/hardware_sample.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/base/text_buffer.hpp"
#include "src/base/uuid.hpp"
#include "src/config/settings.hpp"
#include "src/event/local_offset.hpp"
#include "src/event/process_row.hpp"
#include "src/recovery/recovery.hpp"
#include "src/schema/process_end.hpp"
#include "src/store/program_exit.hpp"

namespace dblog::run {
namespace {

constexpr std::chrono::seconds kImportLimit{2};

std::int64_t utc_microseconds() noexcept { return base::nanoseconds_of(CLOCK_REALTIME) / 1'000; }

// As /proc/PID/cmdline would have it.
std::string command_line_of(const std::vector<std::string>& arguments) {
  std::string line;
  for (const std::string& argument : arguments) line.append(argument).push_back('\0');
  return event::command_line_without_values(line);
}

std::unique_ptr<crash::ProcessFacts> facts_of(const store::ProcessRow& row,
                                              const std::filesystem::path& database,
                                              const RecordOptions& options) {
  auto facts = std::make_unique<crash::ProcessFacts>();
  base::TextBuffer{facts->database} << database.native();
  base::TextBuffer{facts->executable} << row.executable;
  base::TextBuffer{facts->host}.untrusted(row.host);
  base::TextBuffer{facts->release}.untrusted(row.release);
  base::TextBuffer{facts->environment}.untrusted(row.environment);
  base::TextBuffer{facts->machine_id}.untrusted(row.machine_id);
  base::TextBuffer{facts->command_line}.untrusted(row.command_line);
  base::TextBuffer{facts->directory}.untrusted(row.directory);
  base::TextBuffer{facts->kernel}.untrusted(row.kernel);
  base::TextBuffer{facts->distribution}.untrusted(row.distribution);
  facts->user_id = row.user_id.value_or(-1);
  facts->started_utc_microseconds = row.started_utc_microseconds;
  facts->slack = options.slack;
  facts->email = options.email;
  facts->marks_ends = true;
  facts->local_time = event::local_time_table(utc_microseconds());
  facts->hardware_sources = base::find_hardware_sources();
  return facts;
}

}  // namespace

ProgramRecord::ProgramRecord(std::filesystem::path database, RecordOptions options,
                             const std::filesystem::path& program,
                             const std::vector<std::string>& arguments)
    : database_(std::move(database)), options_(std::move(options)), row_(event::own_process_row()) {
  std::error_code failed;
  const auto file = std::filesystem::canonical(program, failed);
  char text[PATH_MAX];
  base::TextBuffer{text}.path((failed ? program : file).native());
  row_.uuid = base::make_uuid();
  row_.executable = text;
  row_.command_line = command_line_of(arguments);
  row_.release = options_.release;
  row_.environment = options_.environment.empty()
                         ? config::load_settings(options_.env_file).settings.environment
                         : options_.environment;
  row_.started_utc_microseconds = utc_microseconds();
  oom_kills_ = base::count_oom_kills(base::find_hardware_sources().cgroup_directory);
}

void ProgramRecord::note_start(pid_t process) {
  row_.process_id = process;
  identity_ = process::identity_of(process);
}

std::optional<base::Error> ProgramRecord::import_and_record(int wait_status, RecordedEnd& end) {
  const int signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
  const recovery::WaitedEnd waited{row_.process_id, row_.started_utc_microseconds, signal};
  const std::int64_t ended = utc_microseconds();
  const auto imported = recovery::open_and_recover(
      database_, kImportLimit,
      {row_.process_id, [&waited](const recovery::BoxContent&) { return waited; }});
  if (!imported) return imported.error();
  end.is_news = imported->crashes + imported->killed > 0;
  const store::ProgramExits exits{database_};
  const auto rows = exits.find(row_);
  if (!rows) return rows.error();
  end.crash = rows->last_crash;
  if (signal != 0 && !schema::is_request_to_end(signal) && !end.crash) {
    const base::Uuid uuid = rows->process_id != 0 ? rows->uuid : row_.uuid;
    const auto made = recovery::record_kill(
        {waited, uuid, identity_, oom_kills_, *facts_of(row_, database_, options_)});
    if (!made) return made.error();
    end = {*made, true};
  }
  return exits.note({row_, wait_status, ended});
}

base::Result<RecordedEnd> ProgramRecord::note_end(int wait_status) {
  RecordedEnd end;
  const auto failure = import_and_record(wait_status, end);
  if (end.crash) {
    const std::string refusal = api::set_up_delivery(Delivery::helper, database_, options_.env_file,
                                                     {options_.slack, options_.email});
    if (refusal.empty()) api::deliver_what_is_left(database_);
  }
  if (failure) return *failure;
  return end;
}

}  // namespace dblog::run
