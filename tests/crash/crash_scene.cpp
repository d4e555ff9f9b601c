#include "tests/crash/crash_scene.hpp"

#include <sstream>
#include <stdexcept>

namespace dblog::test {
namespace {

std::string output_of(const std::vector<std::string>& command) {
  ChildResult child = run_child({.arguments = command});
  if (child.exit_code() != 0) throw std::runtime_error(command[0] + ": " + child.err);
  if (child.out.ends_with('\n')) child.out.pop_back();
  return child.out;
}

}  // namespace

ChildResult CrashScene::run(const std::vector<std::string>& arguments,
                            const std::vector<std::string>& environment) {
  std::vector<std::string> command = {CRASH_CHILD};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(command, environment);
}

ChildResult CrashScene::run_program(const std::vector<std::string>& command,
                                    const std::vector<std::string>& environment,
                                    std::chrono::seconds deadline) {
  ChildOptions options{.arguments = command, .directory = directory_.path(), .deadline = deadline};
  options.environment = environment;
  options.environment.emplace_back("DBLOG_DB");
  return run_child(options);
}

ChildResult CrashScene::recover() const {
  return run_child({.arguments = {DBLOG_TOOL, "--db", directory_ / "LOGS.db", "recover"}});
}

std::string CrashScene::query(const std::string& sql) const {
  return output_of({"sqlite3", directory_ / "LOGS.db", sql});
}

std::string CrashScene::functions_at(int depth) const {
  const std::string where =
      " FROM frames JOIN crashes ON id = crash_id AND tid = thread WHERE id = 1 AND depth = " +
      std::to_string(depth);
  const std::string module = query("SELECT module" + where);
  std::ostringstream address;
  address << std::hex
          << std::stoull(query("SELECT offset" + where), nullptr, 16) -
                 std::stoull(query("SELECT return_address" + where));
  return output_of({"addr2line", "-C", "-f", "-i", "-e", module, address.str()});
}

std::string CrashScene::function_at(int depth) const {
  const std::string found = functions_at(depth);
  return found.substr(0, found.find('\n'));
}

}  // namespace dblog::test
