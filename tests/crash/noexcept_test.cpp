// Exceptions that meet noexcept: that they did, and in which function, for each compiler's code.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/crash/crash_scene.hpp"

namespace {

using dblog::test::ChildResult;
using dblog::test::CrashScene;

std::string program() {
#ifdef THROWING_CHILD_CLANG
  return GENERATE(as<std::string>{}, THROWING_CHILD, THROWING_CHILD_CLANG);
#else
  return THROWING_CHILD;
#endif
}

void die(CrashScene& scene, const std::string& program, const std::string& way,
         const std::string& where = "main") {
  INFO(program << ' ' << way << ' ' << where);
  const ChildResult child = scene.run_program({program, way, where}, {"THROWING_CHILD=" + way});
  INFO(child.err);
  CHECK(child.signal() == SIGABRT);
  REQUIRE(scene.query("SELECT count(*) FROM crashes") == "1");
}

// The names of the function that was noexcept; empty if it is not known.
std::string noexcept_function(const CrashScene& scene) {
  const std::string depth = scene.query("SELECT depth FROM crash_noexcept");
  return depth.empty() ? "" : scene.functions_at(std::stoi(depth));
}

const std::string kPhaseAndRows =
    "SELECT ifnull(phase, ''), count(crash_id) FROM crashes LEFT JOIN crash_noexcept ON crash_id = "
    "id";

}  // namespace

TEST_CASE("noexcept: the function that the exception could not leave is known") {
  const std::string built = program();
  const auto [way, function] = GENERATE(table<std::string, std::string>({
      {"noexcept", "must_not_throw"},
      {"destructor", "Destructor::~Destructor"},
      {"rethrow-noexcept", "rethrow_and_meet_noexcept"},
      {"library", "library_meets_noexcept"},
      {"thread-function", "must_not_throw"},
      {"removed", "must_not_throw"},  // without throw sites
  }));
  const std::string where = GENERATE("main", "thread");
  INFO(built << ' ' << way << " in " << where);
  CrashScene scene;
  die(scene, built, way, where);
  CHECK(scene.query("SELECT phase FROM crashes") == "noexcept");
  CHECK(scene.query("SELECT unwinding FROM crash_noexcept") == "0");
  CHECK_THAT(noexcept_function(scene), Catch::Contains(function));
}

TEST_CASE("noexcept: while another exception is on its way, the row says so") {
  const std::string built = program();
  INFO(built);
  CrashScene scene;
  die(scene, built, "while-unwinding");
  CHECK(scene.query("SELECT phase, unwinding FROM crashes JOIN crash_noexcept ON crash_id = id") ==
        "noexcept|1");
  CHECK_THAT(noexcept_function(scene), Catch::Contains("throw_while_unwinding"));
}

TEST_CASE("noexcept: a throw too deep to be kept whole leaves its function unknown") {
  CrashScene scene;
  die(scene, program(), "deep-destructors");
  CHECK(scene.query(kPhaseAndRows) == "noexcept|0");
}

TEST_CASE("noexcept: an end that the program chose, or at main or a thread, is none") {
  const std::string built = program();
  const std::string way = GENERATE("plain", "rethrow", "terminate-in-handler", "carried");
  INFO(built << ' ' << way);
  CrashScene scene;
  die(scene, built, way);
  CHECK_THAT(scene.query(kPhaseAndRows), !Catch::Contains("noexcept") && Catch::EndsWith("|0"));
}

TEST_CASE("noexcept: a stripped program's is known by its position") {
  const std::string built = program();
  INFO(built);
  CrashScene named;
  die(named, built, "noexcept");
  CrashScene scene;
  const std::string stripped = scene.path("stripped");
  REQUIRE(dblog::test::run_child({.arguments = {"objcopy", "--strip-all", built, stripped}})
              .exit_code() == 0);
  die(scene, stripped, "noexcept");
  const std::string position =
      "SELECT offset FROM frames JOIN crash_noexcept USING (crash_id) JOIN crashes ON id = "
      "crash_id "
      "AND tid = thread WHERE frames.depth = crash_noexcept.depth";
  CHECK(scene.query("SELECT phase FROM crashes") == "noexcept");
  CHECK_FALSE(scene.query(position).empty());
  CHECK(scene.query(position) == named.query(position));
}
