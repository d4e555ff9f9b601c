#include "tests/support/run_child.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <system_error>

#include "tests/support/temporary_directory.hpp"

using namespace dblog::test;

namespace {

ChildOptions shell(const std::string& script) { return {.arguments = {"/bin/sh", "-c", script}}; }

}  // namespace

TEST_CASE("run_child: gives output, error output and exit code") {
  const auto child = run_child(shell("echo out; echo err >&2; exit 7"));
  CHECK(child.out == "out\n");
  CHECK(child.err == "err\n");
  CHECK(child.exit_code() == 7);
  CHECK(child.signal() == 0);
}

TEST_CASE("run_child: takes more output than a pipe holds") {
  const auto child = run_child(shell("head -c 3000000 /dev/zero; head -c 500000 /dev/zero >&2"));
  CHECK(child.out.size() == 3'000'000);
  CHECK(child.err.size() == 500'000);
}

TEST_CASE("run_child: tells which signal ended the child") {
  const auto child = run_child(shell("kill -SEGV $$"));
  CHECK(child.signal() == SIGSEGV);
  CHECK(child.exit_code() == -1);
}

TEST_CASE("run_child: kills a child at its deadline") {
  auto options = shell("echo begun; while :; do :; done");
  options.deadline = std::chrono::milliseconds{200};
  const auto child = run_child(options);
  CHECK(child.timed_out);
  CHECK(child.signal() == SIGKILL);
}

TEST_CASE("run_child: does not wait for a grandchild that holds the output open") {
  auto options = shell("tail -f /dev/null & echo done; echo $! >&2");
  options.deadline = std::chrono::seconds{30};
  const auto child = run_child(options);
  ::kill(std::stoi(child.err), SIGKILL);
  CHECK_FALSE(child.timed_out);
  CHECK(child.out == "done\n");
}

TEST_CASE("run_child: sets and unsets environment variables") {
  auto options = shell("echo \"$DBLOG_A ${HOME-unset}\"");
  options.environment = {"DBLOG_A=a=b", "HOME"};
  CHECK(run_child(options).out == "a=b unset\n");
}

TEST_CASE("run_child: starts in the directory that is asked for") {
  const TemporaryDirectory directory;
  auto options = shell("pwd -P");
  options.directory = directory.path();
  CHECK(run_child(options).out == directory.path().string() + "\n");
}

TEST_CASE("run_child: a program that does not exist is an error") {
  CHECK_THROWS_AS(run_child({.arguments = {"/no/such/program"}}), std::system_error);
}
