#include "tools/dblog/crash_core.hpp"

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <sstream>

#include "src/base/program_path.hpp"
#include "src/base/signal_name.hpp"
#include "src/run/child_answer.hpp"
#include "src/symbols/core_file.hpp"

namespace dblog::tool {
namespace {

namespace fs = std::filesystem;

// Between the recording of the crash and the end of its core; clocks of the kernel's are coarse.
constexpr std::int64_t kSecondsBefore = 2;

std::int64_t seconds_of(const reader::Entry& entry) {
  const auto date = entry.row.text("date");
  std::tm time{};
  if (!date || ::strptime(date->c_str(), "%Y-%m-%d %H:%M:%S", &time) == nullptr) return 0;
  time.tm_isdst = -1;
  return entry.utc_offset ? ::timegm(&time) - *entry.utc_offset : std::mktime(&time);
}

std::string escaped(const std::string& text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view{"*?[]\\"}.find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

// A slash would name a directory: the kernel writes this instead.
std::string without_slashes(std::string text) {
  std::replace(text.begin(), text.end(), '/', '!');
  return text;
}

std::string number_or_any(std::int64_t number) { return number > 0 ? std::to_string(number) : "*"; }

std::string text_or_any(const std::string& text) {
  return text.empty() ? "*" : escaped(without_slashes(text));
}

// core(5). What the row does not have, or has as the process itself saw it (its ids), may be
// anything: the core itself tells.
std::string value_of(char specifier, const CrashedProcess& process) {
  switch (specifier) {
    case '%':
      return "%";
    case 'p':
      return number_or_any(process.process_id);
    case 'i':
      return number_or_any(process.thread_id);
    case 's':
      return number_or_any(process.signal);
    case 'e':
      return text_or_any(process.thread_name);
    case 'E':
      return text_or_any(process.executable);
    case 'h':
      return text_or_any(process.host);
    default:
      return "*";
  }
}

struct Globbed {
  glob_t found{};
  Globbed() = default;
  Globbed(const Globbed&) = delete;
  Globbed& operator=(const Globbed&) = delete;
  ~Globbed() { ::globfree(&found); }
};

struct Candidate {
  fs::path path;
  std::int64_t changed = 0;
};

// Of regular files, the one that was written soonest after the crash first.
std::vector<Candidate> candidates_of(const std::string& pattern, std::int64_t crashed) {
  Globbed names;
  std::vector<Candidate> candidates;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &names.found) != 0) return candidates;
  for (std::size_t i = 0; i < names.found.gl_pathc; ++i) {
    struct stat status {};
    const char* const path = names.found.gl_pathv[i];
    if (::stat(path, &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (status.st_mtim.tv_sec < crashed - kSecondsBefore) continue;
    candidates.push_back({path, status.st_mtim.tv_sec});
  }
  std::ranges::sort(candidates, {}, &Candidate::changed);
  return candidates;
}

std::optional<symbols::CoreFacts> facts_of(const fs::path& core, const std::string& executable) {
  constexpr std::chrono::seconds kPatience{20};
  const run::ChildAnswer child = run::ask_child(
      [&](int output) {
        const auto facts = symbols::read_core(core, executable);
        if (!facts) return;
        std::ostringstream text;
        text << facts->process_id << ' ' << facts->signal << ' ' << facts->has_file;
        run::answer(output, text.str());
      },
      kPatience);
  std::istringstream text{child.text};
  symbols::CoreFacts facts;
  if (!child.is_whole() || !(text >> facts.process_id >> facts.signal >> facts.has_file)) {
    return std::nullopt;
  }
  return facts;
}

}  // namespace

CrashedProcess crashed_process(const reader::Details& crash) {
  const sqlite::Row& row = crash.entry.row;
  CrashedProcess process;
  process.crash = crash.entry.id.id;
  process.process_id = row.integer("pid").value_or(0);
  process.thread_id = row.integer("tid").value_or(0);
  process.signal = row.integer("signal").value_or(row.integer("killed_by").value_or(0));
  process.seconds = seconds_of(crash.entry);
  process.thread_name = row.text("thread_name").value_or("");
  process.host = row.text("host").value_or("");
  process.executable = row.text("executable").value_or("");
  if (crash.entry.process) {
    process.directory = crash.entry.process->text("directory").value_or("");
    process.user_id = crash.entry.process->integer("uid").value_or(-1);
  }
  for (const sqlite::Row& frame : crash.frames) {
    if (frame.text("module") != process.executable) continue;
    process.build_id = frame.text("build_id").value_or("");
    if (!process.build_id.empty()) break;
  }
  return process;
}

std::string core_name_pattern(const CorePattern& pattern, const CrashedProcess& process) {
  const std::string& text = pattern.pattern;
  std::string names;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      names += escaped(text.substr(i, 1));
    } else if (++i < text.size()) {  // a single one at the end is dropped
      names += value_of(text[i], process);
    }
  }
  if (pattern.adds_pid) names += '.' + number_or_any(process.process_id);
  if (names.starts_with('/')) return names;
  if (process.directory.empty()) return "";
  std::string directory(process.directory.size(), '\0');
  directory.resize(base::bytes_of_path(process.directory, directory.data()));
  return escaped(directory) + '/' + names;
}

std::string refusal_of_core(const fs::path& core, const CrashedProcess& process) {
  struct stat status {};
  if (::stat(core.c_str(), &status) != 0) return "cannot be found or may not be looked at";
  if (::access(core.c_str(), R_OK) != 0) return "may not be read by this user";
  const bool is_trusted = status.st_uid == 0 || status.st_uid == ::geteuid() ||
                          static_cast<std::int64_t>(status.st_uid) == process.user_id;
  if (!is_trusted) return "belongs to user " + std::to_string(status.st_uid);
  const auto facts = facts_of(core, process.executable);
  if (!facts) return "is no core of a process";
  if (facts->process_id != process.process_id) {
    return "is of process " + std::to_string(facts->process_id);
  }
  if (process.signal != 0 && facts->signal != process.signal) {
    return std::string{"is of an end by "} + base::signal_name(facts->signal);
  }
  if (!facts->has_file) return "is of another program";
  return "";
}

base::Result<fs::path> find_core_file(const CorePattern& pattern, const CrashedProcess& process) {
  const std::string names = core_name_pattern(pattern, process);
  if (names.empty()) {
    return base::Error{base::ErrorCode::not_found, "",
                       "the directory of its process is not recorded; name the core with --core"};
  }
  std::string refused;
  for (const Candidate& candidate : candidates_of(names, process.seconds)) {
    const std::string refusal = refusal_of_core(candidate.path, process);
    if (refusal.empty()) return candidate.path;
    if (refused.empty()) refused = "; " + candidate.path.string() + ' ' + refusal;
  }
  return base::Error{base::ErrorCode::not_found, "",
                     "there is no core of it at " + names + refused +
                         "; a core is kept if 'ulimit -c unlimited' (LimitCORE=infinity) was in "
                         "force when the program was started"};
}

}  // namespace dblog::tool
