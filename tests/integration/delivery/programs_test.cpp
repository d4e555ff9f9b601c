// From a program's fault to the message, with the real tool and servers.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "tests/integration/delivery/delivery_scene.hpp"

using namespace dblog::test;
using namespace std::chrono_literals;

namespace {

const DeliveryScene::Arguments kSlack = {"slack_server.py", "ok"};
const DeliveryScene::Arguments kMail = {"smtp_server.py"};

int count_of(const std::string& part, const std::string& text) {
  int count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("delivery: a crash is on both channels within five seconds, once each") {
  const DeliveryScene scene(kSlack, kMail);
  CHECK(scene.program("helper", "crash").signal() == SIGSEGV);
  CHECK(comes_true([&] { return scene.have_arrived(1); }, 60s));
  CHECK(comes_true(
      [&] { return scene.query("SELECT group_concat(state) FROM outbox") == "sent,sent"; }, 5s));
  CHECK(scene.tool({"flush"}).exit_code() == 0);
  CHECK(scene.have_arrived(1));
}

TEST_CASE("delivery: a crash's message says what happened, where, and how to see more") {
  const DeliveryScene scene(kSlack, kMail);
  (void)scene.program("none", "crash");
  CHECK(scene.tool({"flush"}).exit_code() == 0);
  REQUIRE(scene.have_arrived(1));
  const std::string slack = scene.slack_texts()[0];
  const nlohmann::json mail = scene.mails()[0];
  CHECK_THAT(mail["headers"]["subject"].get<std::string>(),
             Catch::StartsWith("SIGSEGV in parse_header (delivering_program on "));
  const std::string text = mail["parts"]["text/plain"];
  for (const char* part :
       {"delivering_program died of SIGSEGV: it wrote to address 0x0 in parse_header",
        "\nDate:     20", " (UTC+", "\nRelease:  1.2.3\n", "\nMore:     dblog show crashes/1 --db ",
        "\n#1 main (", "\nBreadcrumbs:\n20", "  order 17\n"}) {
    CHECK_THAT(text, Catch::Contains(part));
    CHECK_THAT(slack, Catch::Contains(part));
  }
  CHECK(mail["problems"].empty());
  CHECK(mail["defects"].empty());
}

TEST_CASE(
    "delivery: a crash's facts and stack have their places in Slack's blocks and in the mail") {
  const DeliveryScene scene(kSlack, kMail);
  (void)scene.program("none", "crash");
  CHECK(scene.tool({"flush"}).exit_code() == 0);
  REQUIRE(scene.have_arrived(1));
  const std::string page = scene.mails()[0]["parts"]["text/html"];
  for (const char* part : {">Release</th>", ">1.2.3</td>", ">Stack</h2>", "\n#0 parse_header (",
                           ">Breadcrumbs</h2>", "died of SIGSEGV: it wrote to address 0x0"}) {
    CHECK_THAT(page, Catch::Contains(part));
  }
  const std::string blocks = scene.slack_payloads()[0]["blocks"].dump();
  for (const char* part :
       {R"({"text":"*Release*","type":"mrkdwn","verbatim":true},{"emoji":false,"text":"1.2.3",)",
        R"("text":"*Stack*\n```\n#0 parse_header ()",
        R"("text":"*More*\n```\ndblog show crashes/1 )"}) {
    CHECK_THAT(blocks, Catch::Contains(part));
  }
  CHECK(scene.query("SELECT group_concat(DISTINCT kind) FROM outbox_parts") ==
        "summary,words,fact,code");
}

TEST_CASE("delivery: a message about a process that was killed has its last breadcrumbs") {
  const DeliveryScene scene(kSlack, kMail);
  CHECK(scene.program("none", "kill").signal() == SIGKILL);
  CHECK(scene.tool({"flush"}).exit_code() == 0);
  REQUIRE(scene.have_arrived(1));
  const std::string mail = scene.mails()[0]["parts"]["text/plain"];
  for (const char* part : {"\nRelease:  1.2.3\n", "\nMore:     dblog show crashes/1 --db ",
                           "\nBreadcrumbs:\n20", "  order 17\n"}) {
    CHECK_THAT(mail, Catch::Contains(part));
    CHECK_THAT(scene.slack_texts()[0], Catch::Contains(part));
  }
}

TEST_CASE("delivery: a handled error's message has the same layout, with its stacks") {
  const DeliveryScene scene(kSlack, kMail);
  CHECK(scene.program("helper", "error").exit_code() == 0);
  REQUIRE(comes_true([&] { return scene.have_arrived(1); }, 60s));
  const std::string slack = scene.slack_texts()[0];
  const std::string mail = scene.mails()[0]["parts"]["text/plain"];
  for (const char* part :
       {"std::domain_error: division by zero\n\nSeverity: error\nDate:     20", " (UTC+",
        "\nRelease:  1.2.3\n", "\nMore:     dblog show error_table/1 --db ",
        "\nWhere the exception was thrown:\n#0 ", "divide", "\nWhere it was recorded:\n"}) {
    CHECK_THAT(mail, Catch::Contains(part));
    CHECK_THAT(slack, Catch::Contains(part));
  }
  CHECK(scene.tool({"show", "error_table/1", "--db", "LOGS.db"}).exit_code() == 0);
}

TEST_CASE("delivery: a text with headings like ours arrives as it is, once, before our own") {
  const DeliveryScene scene(kSlack, kMail);
  CHECK(scene.program("none", "headings").signal() == SIGABRT);
  CHECK(scene.tool({"flush"}).exit_code() == 0);
  REQUIRE(scene.have_arrived(2));
  std::vector<std::string> messages = scene.slack_texts();
  for (const auto& mail : scene.mails()) messages.push_back(mail["parts"]["text/plain"]);
  for (const std::string& message : messages) {
    const std::string text =
        "Group:    2:af64, crash 9 of it\nDatabase: /x, table y\n#0 main\nMore:     nothing\n";
    CHECK(count_of(text, message) == 1);
    const std::string below = message.substr(message.find(text) + text.size());
    const bool is_crash = message.find(" uncaught ") != std::string::npos;
    const std::string first = is_crash ? "Fault:    new\n" : "Severity: error\n";
    CHECK_THAT(below, Catch::StartsWith("\n" + first + "Date:     20"));
    for (const char* heading : {"\nProcess:  ", "\nDatabase: ", "\nMore:     dblog show "}) {
      CHECK(count_of(heading, below) == 1);
    }
    CHECK(count_of("\nGroup:    2:", below) == (is_crash ? 1 : 0));
  }
}

TEST_CASE("delivery: next_run waits for the next program that installs handlers") {
  const DeliveryScene scene(kSlack, kMail);
  (void)scene.program("next_run", "crash");
  CHECK(scene.query("SELECT count(*) FROM outbox WHERE state = 'pending'") == "2");
  CHECK(scene.have_arrived(0));
  CHECK(scene.program("next_run", "nothing").exit_code() == 0);
  CHECK(comes_true([&] { return scene.have_arrived(1); }, 60s));
}

TEST_CASE("delivery: a channel without settings is named on stderr, once") {
  for (const char* delivery : {"helper", "quiet", "uninstalled"}) {
    INFO(delivery);
    const DeliveryScene scene(kSlack, kMail);
    scene.directory.write(".env", "webhook=http://127.0.0.1:1/nobody\n");
    const auto child = scene.program(delivery, "errors");
    CHECK(scene.query("SELECT count(*) FROM error_table") == "2");
    CHECK(child.err ==
          "dblog: settings: mail_server is not set: messages for e-mail wait in the outbox; `dblog "
          "test-notify` names all that is missing\n");
  }
}

TEST_CASE("delivery: alerts of two databases at the same moment are both sent") {
  const DeliveryScene scene(kSlack, kMail);
  CHECK(scene.program("helper", "two").exit_code() == 0);
  CHECK(comes_true([&] { return scene.have_arrived(2); }, 60s));
}

TEST_CASE("delivery: the next tool bypasses one that is stopped, at the next push too") {
  const DeliveryScene scene(kSlack, kMail);
  (void)scene.program("helper", "error");
  REQUIRE(comes_true([&] { return scene.have_arrived(1); }, 60s));
  const int file = ::open((scene.directory / "LOGS.db-flush").c_str(), O_RDWR | O_CLOEXEC);
  struct flock works {};
  works.l_type = F_WRLCK;
  works.l_len = 1;
  REQUIRE(::fcntl(file, F_GETLK, &works) == 0);
  ::close(file);
  REQUIRE(works.l_type != F_UNLCK);  // it stays for five seconds
  ::kill(works.l_pid, SIGSTOP);
  // Another kind: more of the same would wait to be counted.
  (void)scene.program("helper", "two");
  CHECK(comes_true([&] { return scene.slack_texts().size() >= 3; }, 60s));
  ::kill(works.l_pid, SIGKILL);
}

TEST_CASE("delivery: the setting DBLOG_DELIVERY wins over what the program asks for") {
  const DeliveryScene scene(kSlack, kMail, "DBLOG_DELIVERY=none\n");
  for (const char* program : {"helper", "uninstalled"}) (void)scene.program(program, "error");
  CHECK(scene.query("SELECT count(*) FROM outbox WHERE state = 'pending'") == "4");
  CHECK(scene.tool({"flush"}).exit_code() == 0);
  // The file by which tools take turns that programs start.
  CHECK_FALSE(std::filesystem::exists(scene.directory / "LOGS.db-flush"));
}

TEST_CASE("delivery: without handlers a push starts the tool, as the documentation says") {
  const DeliveryScene scene(kSlack, kMail);
  (void)scene.program("uninstalled", "error");
  CHECK(comes_true([&] { return scene.have_arrived(1); }, 60s));
}

TEST_CASE("delivery: none leaves it to flush") {
  const DeliveryScene scene(kSlack, kMail);
  (void)scene.program("none", "crash");
  CHECK(scene.program("none", "nothing").exit_code() == 0);
  CHECK(scene.query("SELECT count(*) FROM outbox WHERE state = 'pending'") == "2");
  CHECK(scene.tool({"flush"}).exit_code() == 0);
  CHECK(scene.have_arrived(1));
}

TEST_CASE("delivery: a program that logs without alerts has what is left delivered") {
  const DeliveryScene scene(kSlack, kMail);
  for (const char* channel : {"slack", "email"}) scene.add(channel, "disk full");
  CHECK(scene.program("uninstalled", "log").exit_code() == 0);
  CHECK(comes_true([&] { return scene.have_arrived(1); }, 60s));
}

TEST_CASE("delivery: a digest leaves when it is due, while a program logs without alerts") {
  const DeliveryScene scene(kSlack, kMail);
  for (const char* channel : {"slack", "email"}) scene.add(channel, "disk full");
  scene.set_due_in("1 hour");
  std::thread program{[&] { (void)scene.program("uninstalled", "log_on"); }};
  const int file = ::open((scene.directory / "LOGS.db-flush").c_str(), O_RDWR | O_CREAT, 0600);
  CHECK(comes_true(
      [&] {
        struct flock stands_by {};
        stands_by.l_type = F_WRLCK;
        stands_by.l_start = 2;
        stands_by.l_len = 1;
        return ::fcntl(file, F_GETLK, &stands_by) == 0 && stands_by.l_type != F_UNLCK;
      },
      60s));
  ::close(file);
  scene.set_due_in("-1 second");
  CHECK(comes_true([&] { return scene.have_arrived(1); }, 60s));
  scene.directory.write("end", "");
  program.join();
}
