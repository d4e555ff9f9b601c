#include "src/event/process_row.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "dblog/event.hpp"

namespace {

using dblog::event::command_line_without_values;
using dblog::event::distribution_of;
using namespace std::string_view_literals;

}  // namespace

TEST_CASE("command line: options keep their names, and nothing keeps its value") {
  CHECK(command_line_without_values("/usr/bin/shop\0"sv) == "/usr/bin/shop");
  CHECK(command_line_without_values("shop\0--port=80\0--password\0hunter2\0-v\0"sv) ==
        "shop --port=… --password … -v");
  CHECK(command_line_without_values("mysql\0-phunter2\0-\0"sv) == "mysql -p… …");
  CHECK(command_line_without_values("shop\0TOKEN=abc\0user:pw@host\0"sv) == "shop … …");
}

TEST_CASE("command line: what begins like an option and is no name is a value") {
  CHECK(command_line_without_values("curl\0--header: Authorization Bearer abc\0"sv) ==
        "curl --header…");
  CHECK(command_line_without_values("shop\0--apikey sk-123\0"sv) == "shop --apikey…");
  CHECK(command_line_without_values("shop\0--key\0-----BEGIN PRIVATE KEY-----\nMIIEvQ\0"sv) ==
        "shop --key -----BEGIN…");
}

TEST_CASE("command line: what follows a bare -- is no option") {
  CHECK(command_line_without_values("run\0--quiet\0--\0--hunter2\0-x\0"sv) == "run --quiet -- … …");
}

TEST_CASE("command line: bytes, lengths and ends that no program needs") {
  CHECK(command_line_without_values("").empty());
  CHECK(command_line_without_values("shop\0\0"sv) == "shop …");
  CHECK(command_line_without_values("shop\0--name"sv) == "shop --name");
  const std::string lines = command_line_without_values("a\nb\0--c\x1b[31m\0"sv);
  CHECK(lines.find('\n') == std::string::npos);
  CHECK(lines.find('\x1b') == std::string::npos);
  std::string many = "shop";
  for (int i = 0; i < 1'000; ++i) many += std::string_view("\0--option", 9);
  const std::string cut = command_line_without_values(many);
  CHECK(cut.size() <= dblog::event::kMaxCommandLine);
  CHECK(cut.ends_with(" …"));
  CHECK(command_line_without_values(std::string(5'000, 'x')).size() <=
        dblog::event::kMaxCommandLine);
}

TEST_CASE("distribution: the pretty name, in quotes or without") {
  CHECK(distribution_of("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n") ==
        "Debian GNU/Linux 12 (bookworm)");
  CHECK(distribution_of("PRETTY_NAME=Alpine") == "Alpine");
  CHECK(distribution_of("NAME=x\nNOT_PRETTY_NAME=y").empty());
  CHECK(distribution_of("").empty());
  CHECK(distribution_of("PRETTY_NAME=\"").size() == 1);
}

TEST_CASE("process row: this process, as it is") {
  const auto row = dblog::event::own_process_row();
  CHECK(row.process_id == ::getpid());
  CHECK(row.user_id == ::getuid());
  CHECK(row.executable.ends_with("unit_event"));
  CHECK_FALSE(row.directory.empty());
  CHECK(row.kernel.starts_with("Linux "));
  const auto now = dblog::now().time_since_epoch().count();
  CHECK(row.started_utc_microseconds <= now);
  CHECK(row.started_utc_microseconds > now - std::int64_t{3'600} * 1'000'000);
  CHECK(dblog::event::own_process_id() == dblog::base::short_id_of(row.uuid));
}
