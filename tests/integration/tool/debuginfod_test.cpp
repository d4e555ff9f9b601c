// Debug information from a debuginfod server, by the libdebuginfod that is installed.
#include <dlfcn.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "tests/integration/tool/tool_run.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/unit/symbols/known_library.hpp"

using namespace dblog::test;
namespace fs = std::filesystem;

namespace {

bool has_library() {
  if (::dlopen("libdebuginfod.so.1", RTLD_LAZY) != nullptr) return true;
  WARN("skipped: there is no libdebuginfod here (Debian: libdebuginfod1)");
  return false;
}

// A crash in known_outer() of a stripped copy of the known library, which is kept apart from its
// debug file.
class Scene {
 public:
  Scene() {
    output_of({"objcopy", "--strip-all", KNOWN_LIBRARY, module()});
    output_of({"objcopy", "--only-keep-debug", KNOWN_LIBRARY, debug_file()});
    auto database = make_database(tool_.database());
    std::ostringstream frame;
    frame << "INSERT INTO crashes (id, uuid, date, kind, tid, host) VALUES (1, 'u', '2026-01-31', "
             "'signal', 7, 'h'); INSERT INTO frames (crash_id, thread, depth, address, module, "
             "build_id, offset, return_address) VALUES (1, 7, 0, '0x1', '"
          << module().native() << "', '" << known_build_id() << "', '0x" << std::hex
          << known_offset("known_outer") << "', 0)";
    database.exec(frame.str());
  }

  [[nodiscard]] fs::path module() const { return tool_.directory / "libapp.so"; }
  [[nodiscard]] fs::path debug_file() const { return tool_.directory / "elsewhere"; }

  // Where the frame's name is from, its function and its line, when this is what a server has.
  [[nodiscard]] std::string name_with(const std::vector<std::string>& files) {
    std::vector<std::string> arguments{"debuginfod_server.py", "--diary", diary()};
    arguments.insert(arguments.end(), files.begin(), files.end());
    const ServerProcess server{arguments};
    tool_.options.environment = {
        "DBLOG_DB",
        "http_proxy",
        "all_proxy",
        "ALL_PROXY",
        "DEBUGINFOD_URLS=http://127.0.0.1:" + std::to_string(server.port()),
        "DEBUGINFOD_PROGRESS",
        "DEBUGINFOD_CACHE_PATH=" + (tool_.directory / "cache").native()};
    CHECK(tool_({"symbolize"}).exit_code() == 0);
    return sqlite_shell(
        tool_.database(),
        "SELECT name_source, function, line FROM frames ORDER BY rowid DESC LIMIT 1");
  }

  [[nodiscard]] std::string requests() const { return bytes_of(diary()); }

 private:
  [[nodiscard]] std::string diary() const { return tool_.directory / "diary"; }

  ToolRun tool_;
};

constexpr const char* kFromDebugInfo = "debug info|known_outer|";

}  // namespace

TEST_CASE("debuginfod: a stripped module's debug information comes from the server") {
  if (!has_library()) return;
  Scene scene;
  const std::string name =
      scene.name_with({known_build_id() + "/debuginfo=" + scene.debug_file().native()});
  CHECK_THAT(name, Catch::StartsWith(kFromDebugInfo));
  CHECK_THAT(scene.requests(), Catch::Contains("/debuginfo\", \"status\": 200"));
}

TEST_CASE("debuginfod: so does a module that is gone") {
  if (!has_library()) return;
  Scene scene;
  fs::rename(scene.module(), scene.module().native() + ".away");
  const std::string name =
      scene.name_with({known_build_id() + "/debuginfo=" + scene.debug_file().native(),
                       known_build_id() + "/executable=" + scene.module().native() + ".away"});
  CHECK_THAT(name, Catch::StartsWith(kFromDebugInfo));
}

TEST_CASE("debuginfod: a server that has nothing costs no name that is here") {
  if (!has_library()) return;
  Scene scene;
  CHECK(scene.name_with({}) == "dynamic symbols|known_outer|");
  CHECK_THAT(scene.requests(), Catch::Contains("/debuginfo\", \"status\": 404"));
}
