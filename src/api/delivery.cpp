#include "src/api/delivery.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>

#include "handlers/tool_start.hpp"
#include "src/api/stderr_line.hpp"

namespace dblog {
namespace {

namespace fs = std::filesystem;

// How long the tool stays for more, so that a program that logs often does not start it often.
constexpr const char* kLingerSeconds = "5";

constexpr const char* kNoTool =
    "the tool `dblog` is neither in PATH nor beside the library; messages wait for `dblog flush`";

struct Chosen {
  Delivery delivery = Delivery::helper;
  fs::path tool;
  fs::path env_file;     // empty: .env where the program is
  WantedChannels known;  // what they lack was said
};

// One per process, never destroyed: used after main() too. A forked child takes over what its
// parent had chosen, unless a thread of the parent was at it, and may be in the child for ever.
struct OfProcess {
  const int process_id = ::getpid();
  std::mutex mutex;  // guards what follows, and the starting of helpers from ordinary code
  std::optional<Chosen> chosen;
  const OfProcess* of_parent = nullptr;  // not freed either: its mutex may be locked for ever
};

OfProcess& of_this_process() {
  static std::atomic<OfProcess*> current{nullptr};
  OfProcess* known = current.load();
  if (known != nullptr && known->process_id == ::getpid()) return *known;
  auto mine = std::make_unique<OfProcess>();
  mine->of_parent = known;
  if (known != nullptr && known->mutex.try_lock()) {
    mine->chosen = known->chosen;
    known->mutex.unlock();
  }
  if (current.compare_exchange_strong(known, mine.get())) return *mine.release();
  return *known;
}

bool is_program(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

fs::path find_in_path() {
  const char* path = ::secure_getenv("PATH");
  if (path == nullptr) return {};
  std::string_view rest{path};
  while (!rest.empty()) {
    const std::size_t end = rest.find(':');
    const std::string_view folder = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    // Relative ones would name another program wherever this one happens to be.
    if (folder.empty() || folder.front() != '/') continue;
    fs::path candidate = fs::path{folder} / "dblog";
    if (is_program(candidate)) return candidate;
  }
  return {};
}

fs::path find_beside_library() {
  Dl_info library{};
  if (::dladdr(reinterpret_cast<void*>(&find_tool), &library) == 0) return {};
  std::error_code error;
  const fs::path file = fs::canonical(library.dli_fname, error);
  if (error) return {};
  for (const fs::path& candidate :
       {file.parent_path() / "dblog", file.parent_path().parent_path() / "bin" / "dblog",
        file.parent_path().parent_path().parent_path() / "bin" / "dblog"}) {
    if (is_program(candidate)) return candidate;
  }
  return {};
}

// What the tool's own settings are read from, and what HTTPS, dates and debug files need.
std::map<std::string, std::string> environment_of_tool(const fs::path& env_file) {
  std::map<std::string, std::string> found;
  const auto look = [&found](const std::string& name) {
    auto value = config::process_environment(name);
    if (value) found[name] = *value;
    return value;
  };
  // Whatever the settings ask for, ${NAME} in the file included.
  (void)config::load_settings(env_file, look);
  for (const char* name : {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "https_proxy", "HTTPS_PROXY",
                           "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
                           "DEBUGINFOD_URLS", "DEBUGINFOD_CACHE_PATH", "XDG_CACHE_HOME"}) {
    look(name);
  }
  return found;
}

bool fill(crash::ToolCommand& command, const Chosen& choice, const fs::path& database) {
  bool fits = command.set_tool(choice.tool.native()) && command.add_argument("--db") &&
              command.add_argument(database.native()) && command.add_argument("--linger") &&
              command.add_argument(kLingerSeconds);
  if (!choice.env_file.empty()) {
    fits = fits && command.add_argument("--env-file") &&
           command.add_argument(choice.env_file.native());
  }
  for (const auto& [name, value] : environment_of_tool(choice.env_file)) {
    fits = fits && command.add_variable(name + "=" + value);
  }
  if (!fits) command.clear();
  return fits;
}

Chosen& chosen_or_default(OfProcess& mine) {
  if (!mine.chosen) mine.chosen = Chosen{Delivery::helper, find_tool(), {}, {}};
  return *mine.chosen;
}

// What keeps the messages of a channel from being sent, once.
void say_what_is_missing(Chosen& choice, WantedChannels wanted) {
  const WantedChannels fresh{wanted.slack && !choice.known.slack,
                             wanted.email && !choice.known.email};
  if (choice.delivery == Delivery::none || (!fresh.slack && !fresh.email)) return;
  const bool is_first = !choice.known.slack && !choice.known.email;
  choice.known = {choice.known.slack || wanted.slack, choice.known.email || wanted.email};
  if (is_first && choice.tool.empty()) say_on_stderr({"delivery: ", kNoTool});
  for (const std::string& line :
       unset_channels(config::load_settings(choice.env_file).settings, fresh)) {
    say_on_stderr({"settings: ", line});
  }
}

// The tool (tools/dblog/flush_turn.cpp) holds this lock while it looks for messages, and looks once
// more after giving it up: who finds it held after a commit may rely on that.
bool is_tool_running(const fs::path& database) {
  const std::string lock_file = database.native() + "-flush";
  const int descriptor = ::open(lock_file.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return false;
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  const bool is_locked = ::fcntl(descriptor, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
  ::close(descriptor);
  return is_locked;
}

void start_unless_running(const Chosen& choice, const fs::path& database) {
  if (choice.tool.empty() || is_tool_running(database)) return;
  const auto command = std::make_unique<crash::ToolCommand>();
  const auto stacks = std::make_unique<crash::ToolStacks>();
  if (fill(*command, choice, database)) crash::start_tool(*command, *stacks, 0);
}

}  // namespace

fs::path find_tool() {
  fs::path tool = find_in_path();
  return tool.empty() ? find_beside_library() : tool;
}

std::vector<std::string> unset_channels(const config::Settings& settings, WantedChannels wanted) {
  std::vector<std::string> lines;
  const auto add = [&](const char* key, const char* channel) {
    lines.push_back(std::string{key} + " is not set: messages for " + channel +
                    " wait in the outbox; `dblog test-notify` names all that is missing");
  };
  if (wanted.slack && settings.webhook.empty()) add("webhook", "Slack");
  if (wanted.email && settings.mail_server.empty()) add("mail_server", "e-mail");
  return lines;
}

std::string set_up_delivery(Delivery delivery, const fs::path& database, const fs::path& env_file,
                            WantedChannels of_crashes) {
  OfProcess& mine = of_this_process();
  const std::lock_guard lock{mine.mutex};
  crash::ToolCommand& command = crash::tool_of_crashes();
  command.clear();
  std::error_code error;
  Chosen& choice = mine.chosen.emplace(Chosen{
      delivery, {}, env_file.empty() ? env_file : fs::absolute(env_file, error), of_crashes});
  if (delivery == Delivery::none) return {};
  choice.tool = find_tool();
  if (choice.tool.empty()) return kNoTool;
  if (delivery == Delivery::helper && !fill(command, choice, database)) {
    return "the settings in the environment are too long for it; put them into .env";
  }
  return {};
}

void wake_delivery(const fs::path& database, WantedChannels wanted) noexcept {
  try {
    OfProcess& mine = of_this_process();
    const std::lock_guard lock{mine.mutex};
    Chosen& choice = chosen_or_default(mine);
    say_what_is_missing(choice, wanted);
    if (choice.delivery == Delivery::helper) start_unless_running(choice, database);
  } catch (const std::exception&) {
    // Without memory for it the message waits for the next one.
  }
}

void deliver_what_is_left(const fs::path& database) noexcept {
  try {
    OfProcess& mine = of_this_process();
    const std::lock_guard lock{mine.mutex};
    const Chosen& choice = chosen_or_default(mine);
    if (choice.delivery != Delivery::none) start_unless_running(choice, database);
  } catch (const std::exception&) {
    // As above.
  }
}

}  // namespace dblog
