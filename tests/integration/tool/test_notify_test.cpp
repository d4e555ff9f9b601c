#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/integration/tool/tool_run.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/server_process.hpp"

using namespace dblog::test;

namespace {

std::string slack_lines(const ServerProcess& server) {
  return "webhook = http://127.0.0.1:" + std::to_string(server.port()) + "/services/T0/B0/Secret\n";
}

std::string mail_lines(const ServerProcess& server) {
  return "mail_server=127.0.0.1\nmail_security=none\nserver_port=" + std::to_string(server.port()) +
         "\nsender_email=a@b.c\nrecipient_email=d@e.f\n";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("dblog test-notify: nothing configured names the keys and is not done") {
  const ToolRun tool;
  const auto child = tool({"test-notify"});
  CHECK(child.out ==
        "slack: not configured: missing setting: webhook (an https URL)\n"
        "email: not configured: missing settings: mail_server, sender_email, recipient_email\n");
  CHECK(child.err == "");
  CHECK(child.exit_code() == 1);
  CHECK_FALSE(std::filesystem::exists(tool.database()));
}

TEST_CASE("dblog test-notify: a misspelt key is named, its value is not") {
  const ToolRun tool;
  tool.directory.write(".env", "webhok=https://hooks.example.com/hidden\n");
  const auto child = tool({"test-notify"});
  CHECK(child.exit_code() == 1);
  CHECK_THAT(child.out,
             Catch::Contains("/.env:1: webhok is not a setting of dblog; did you mean "
                             "webhook?\nslack: not configured: missing setting: webhook"));
  CHECK(child.out.find("hidden") == std::string::npos);
}

TEST_CASE("dblog test-notify: names a refused file with settings once") {
  const ToolRun tool;
  const auto file = tool.directory.write(".env", "webhook=https://hooks.example.com/hidden\n");
  std::filesystem::permissions(file, std::filesystem::perms{0666});
  const auto child = tool({"test-notify"});
  CHECK(child.exit_code() == 1);
  const std::size_t at = child.out.find("can be written by everyone");
  REQUIRE(at != std::string::npos);
  CHECK(child.out.find("can be written by everyone", at + 1) == std::string::npos);
}

TEST_CASE("dblog test-notify: one channel works while the other is not configured") {
  const ToolRun tool;
  const ServerProcess slack{{"slack_server.py", "--diary", tool.directory / "diary", "ok"}};
  tool.directory.write(".env", slack_lines(slack));
  const auto child = tool({"test-notify"});
  CHECK(contains(child.out, "slack: sent; the server said: ok\nemail: not configured: "));
  CHECK(child.exit_code() == 0);
  CHECK(contains(bytes_of(tool.directory / "diary"), "Test message of dblog"));
}

TEST_CASE("dblog test-notify: a channel that is asked for by name must work") {
  const ToolRun tool;
  const ServerProcess slack{{"slack_server.py", "ok"}};
  const auto file = tool.directory.write("other.env", slack_lines(slack));
  CHECK(tool({"test-notify", "--slack", "--env-file", file}).exit_code() == 0);
  const auto child = tool({"test-notify", "--email", "--env-file", file});
  CHECK_FALSE(contains(child.out, "slack"));
  CHECK(child.exit_code() == 1);
}

TEST_CASE("dblog test-notify: names half-filled settings and a refusing server, line by line") {
  const ToolRun tool;
  const ServerProcess slack{{"slack_server.py", "404:no_service"}};
  tool.directory.write(".env", slack_lines(slack) + "mail_server=127.0.0.1\nserver_port=smtp\n");
  const auto child = tool({"test-notify"});
  CHECK(contains(child.out, "settings: " + (tool.directory / ".env").native() + ":3: server_port"));
  CHECK(contains(child.out, "\nslack: not sent: HTTP 404: no_service (the webhook was revoked"));
  CHECK(contains(child.out, "\nemail: not sent: "));
  CHECK_FALSE(contains(child.out, "Secret"));
  CHECK(child.exit_code() == 1);
}

TEST_CASE("dblog test-notify: --json is one object, whatever the servers say") {
  const ToolRun tool;
  const ServerProcess slack{{"slack_server.py", "echo"}};
  const ServerProcess mail{{"smtp_server.py"}};
  tool.directory.write(".env", slack_lines(slack) + mail_lines(mail));
  const auto child = tool({"test-notify", "--json"});
  const auto json = nlohmann::json::parse(child.out);
  CHECK(json["slack"]["state"] == "failed");
  CHECK(contains(json["slack"]["error"], "HTTP 403: "));
  CHECK(json["email"] == nlohmann::json({{"state", "sent"},
                                         {"reply", "250 2.0.0 queued"},
                                         {"error", ""},
                                         {"environments", nlohmann::json::array()}}));
  CHECK(json["settings_errors"].empty());
  CHECK_FALSE(contains(child.out, "Secret"));
  CHECK(child.exit_code() == 1);
}

TEST_CASE("dblog test-notify: bad usage is exit code 2") {
  const ToolRun tool;
  CHECK(tool({"test-notify", "--unknown"}).exit_code() == 2);
  CHECK(tool({"test-notify", "more"}).exit_code() == 2);
  CHECK(tool({"test-notify", "--env-file", ""}).exit_code() == 2);
}
