#include "src/run/crash_trial.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <sstream>

#include "src/base/descriptor.hpp"
#include "src/base/monotonic_clock.hpp"
#include "src/run/child_answer.hpp"

namespace dblog::run {
namespace {

constexpr std::chrono::seconds kPatience{10};

// One thing a line; in what the library reports are no tabs, and its reasons are one line.
std::string text_of(const InstallReport& report) {
  std::string text;
  for (const auto& [what, why] : report.missing) {
    text.append("missing\t").append(what).append("\t").append(why).append("\n");
  }
  return text;
}

void fault() noexcept {
  const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const page = ::mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED) *static_cast<volatile char*>(page) = 1;
}

// What goes wrong is in the report, and in what is read back.
void leave_standard_error() noexcept {
  const base::Descriptor nowhere{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  if (nowhere.is_open()) ::dup2(nowhere.number(), STDERR_FILENO);
}

void crash(int output, const HandlerOptions& options) {
  leave_standard_error();
  ::setenv("DBLOG_DELIVERY", "none", 1);  // it overrides the option
  answer(output, text_of(install_handlers(options)));
  answer(output, "fault\t" + std::to_string(base::monotonic_nanoseconds()) + '\n');
  fault();
}

void read_line(const std::string& line, CrashTrial& trial, std::int64_t& fault_at) {
  const std::size_t first = line.find('\t');
  const std::string what = line.substr(0, first);
  const std::string rest = first == std::string::npos ? "" : line.substr(first + 1);
  if (what == "fault") std::from_chars(rest.data(), rest.data() + rest.size(), fault_at);
  const std::size_t second = rest.find('\t');
  if (what == "missing" && second != std::string::npos) {
    trial.missing.push_back({rest.substr(0, second), rest.substr(second + 1)});
  }
}

}  // namespace

CrashTrial try_crash(const std::filesystem::path& database, const std::filesystem::path& env_file) {
  HandlerOptions options;
  options.database = database;
  options.env_file = env_file;
  options.delivery = Delivery::none;
  options.print_to_stderr = false;
  const ChildAnswer child =
      ask_child([&options](int output) { crash(output, options); }, kPatience);
  CrashTrial trial;
  if (child.process < 0) {
    trial.obstacle = child.text;
    return trial;
  }
  std::int64_t fault_at = child.ended;
  std::istringstream lines{child.text};
  for (std::string line; std::getline(lines, line);) read_line(line, trial, fault_at);
  trial.process = child.process;
  trial.wait_status = child.wait_status;
  trial.nanoseconds = child.ended - fault_at;
  trial.was_killed = child.was_killed;
  return trial;
}

}  // namespace dblog::run
