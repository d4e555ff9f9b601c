// Frames in a database: which rows are written, in which order, and when nothing is.
#include "src/symbols/name_frames.hpp"

#include <catch2/catch.hpp>

#include <sstream>

#include "src/symbols/frames_database.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_database.hpp"
#include "tests/unit/symbols/known_library.hpp"

using namespace dblog;
using namespace dblog::test;

namespace {

struct Scene {
  TemporaryDirectory directory;

  [[nodiscard]] std::filesystem::path database() const { return directory / "LOGS.db"; }

  Scene() {
    SQLite::Database made = make_database(database());
    made.exec(
        "INSERT INTO crashes (id, uuid, date, kind, tid, stack_trace) VALUES "
        "(1, 'a', '2026-01-31 12:00:00.000000', 'signal', 10, 'raw')");
  }

  void add_frame(int depth, const std::string& module, std::uint64_t offset, int thread = 10,
                 const std::string& build_id = known_build_id()) const {
    SQLite::Database open{database().native(), SQLite::OPEN_READWRITE};
    SQLite::Statement row{open,
                          "INSERT INTO frames (crash_id, thread, depth, address, module, build_id, "
                          "offset, return_address) VALUES (1, ?1, ?2, '0x7f00', ?3, ?4, ?5, 0)"};
    std::ostringstream text;
    text << "0x" << std::hex << offset;
    row.bind(1, thread);
    row.bind(2, depth);
    if (!module.empty()) {
      row.bind(3, module);
      row.bind(4, build_id);
      row.bind(5, text.str());
    }
    row.exec();
  }

  symbols::NamingOutcome name(const symbols::NamingOptions& options = {}) const {
    symbols::Symbolizer symbolizer{{}};
    const auto outcome = symbols::name_frames(database(), symbolizer, options);
    INFO((outcome ? "" : outcome.error().text()));
    REQUIRE(outcome);
    return *outcome;
  }

  std::string query(const std::string& sql) const { return sqlite_shell(database(), sql); }
};

// Somewhere in known_outer() where another function is inlined.
std::uint64_t inlined_offset() {
  const symbols::ModuleKey module{KNOWN_LIBRARY, known_build_id(), std::nullopt};
  std::uint64_t at = known_offset("known_outer");
  while (places_at(module, at).size() != 2) ++at;
  return at;
}

const std::string kTrace =
    "SELECT depth, inlined, function FROM frames ORDER BY thread, depth, rowid";

}  // namespace

TEST_CASE("naming: puts inlined calls before the function that holds them, at one depth") {
  const Scene scene;
  scene.add_frame(0, KNOWN_LIBRARY, inlined_offset());
  scene.add_frame(1, KNOWN_LIBRARY, known_offset("known_sized"));
  const auto outcome = scene.name();
  CHECK(outcome.crashes == std::vector<std::int64_t>{1});
  CHECK(outcome.named == 2);
  CHECK(scene.query(kTrace) ==
        "0|1|known::Holder::inlined(int*)\n0|0|known_outer\n1|0|known_sized");
  CHECK(scene.query("SELECT DISTINCT address, module, thread FROM frames") ==
        std::string("0x7f00|") + KNOWN_LIBRARY + "|10");
}

TEST_CASE("naming: writes file, line, column and how sure the name is") {
  const Scene scene;
  scene.add_frame(0, KNOWN_LIBRARY, inlined_offset());
  scene.add_frame(1, KNOWN_LIBRARY, known_offset("known_sized"));
  scene.name();
  CHECK(scene.query("SELECT file, line, column_number > 0, name_source FROM frames WHERE depth = 0 "
                    "AND inlined = 0") == std::string(KNOWN_SOURCE) + "|" +
                                              std::to_string(known_line("in known_outer()")) +
                                              "|1|debug info");
  CHECK(scene.query("SELECT file IS NULL, line IS NULL, name_source FROM frames WHERE depth = 1") ==
        "1|1|symbol table");
}

TEST_CASE("naming: rewrites the trace for people, of the crashed thread only") {
  const Scene scene;
  scene.add_frame(0, KNOWN_LIBRARY, known_offset("known_sized"));
  scene.add_frame(0, KNOWN_LIBRARY, known_offset("known_sizeless"), 11);
  scene.name();
  CHECK(
      scene.query("SELECT stack_trace FROM crashes").starts_with("#0 known_sized (symbol table) "));
  CHECK(scene.query("SELECT instr(stack_trace, 'known_sizeless') FROM crashes") == "0");
  CHECK(scene.query("SELECT function FROM frames WHERE thread = 11") == "known_sizeless");
}

TEST_CASE("naming: finds nothing to do the second time") {
  const Scene scene;
  scene.add_frame(0, KNOWN_LIBRARY, inlined_offset());
  scene.name();
  const std::string before = scene.query("SELECT rowid, * FROM frames");
  CHECK(scene.name().crashes.empty());
  CHECK(scene.query("SELECT rowid, * FROM frames") == before);
}

TEST_CASE("naming: marks what it cannot name, and leaves it alone after that") {
  const Scene scene;
  scene.add_frame(0, "/no/such/module", 0x10, 10, "00112233");
  scene.add_frame(1, "", 0);
  CHECK(scene.name().without_name == 2);
  CHECK(scene.query("SELECT name_source, function IS NULL FROM frames") == "none|1\nnone|1");
  CHECK(scene.query("SELECT stack_trace FROM crashes") ==
        "#0 0x7f00 /no/such/module+0x10\n#1 0x7f00\n");
  CHECK(scene.name().crashes.empty());
}

TEST_CASE("naming: tries again when told to") {
  const Scene scene;
  const std::filesystem::path library = scene.directory / "liblate.so";
  scene.add_frame(0, library, inlined_offset());
  scene.name();
  std::filesystem::copy_file(KNOWN_LIBRARY, library);
  CHECK(scene.name().named == 0);
  CHECK(scene.name({.retry = true}).named == 1);
  CHECK(scene.query(kTrace) == "0|1|known::Holder::inlined(int*)\n0|0|known_outer");
}

TEST_CASE("naming: a new try that finds less changes nothing") {
  const Scene scene;
  const std::filesystem::path library = scene.directory / "libgone.so";
  std::filesystem::copy_file(KNOWN_LIBRARY, library);
  scene.add_frame(0, library, known_offset("known_sized"));
  scene.name();
  std::filesystem::remove(library);
  CHECK(scene.name({.retry = true}).crashes.empty());
  CHECK(scene.query("SELECT function, name_source FROM frames") == "known_sized|symbol table");
}

TEST_CASE("naming: names the stacks of a handled error") {
  const Scene scene;
  std::ostringstream offset;
  offset << "0x" << std::hex << inlined_offset();
  scene.query(
      "INSERT INTO stacks (id) VALUES (3);"
      "INSERT INTO event_stacks (source_table, source_id, pushed_at) VALUES ('errors', 5, 3);"
      "INSERT INTO stack_frames (stack_id, depth, module, build_id, offset, return_address) "
      "VALUES (3, 0, '" +
      std::string(KNOWN_LIBRARY) + "', '" + known_build_id() + "', '" + offset.str() + "', 0)");
  const auto outcome = scene.name({.targets = {{"errors", 5}}});
  CHECK(outcome.stacks == std::vector<std::int64_t>{3});
  CHECK(scene.query("SELECT inlined, function FROM stack_frames ORDER BY stack_id, depth, rowid") ==
        "1|known::Holder::inlined(int*)\n0|known_outer");
}

TEST_CASE("naming: does not write over what another process wrote meanwhile") {
  const Scene scene;
  scene.add_frame(0, KNOWN_LIBRARY, inlined_offset());
  auto late = symbols::FramesDatabase::open(scene.database());
  REQUIRE(late);
  const auto stack = late->load({true, 1});
  REQUIRE(stack);
  scene.name();
  const std::string before = scene.query(kTrace);
  const auto is_saved = late->save(*stack, {{0, {}}});
  REQUIRE(is_saved);
  CHECK_FALSE(*is_saved);
  CHECK(scene.query(kTrace) == before);
}

TEST_CASE("naming: what there is no time for stays as it was") {
  const Scene scene;
  scene.add_frame(0, KNOWN_LIBRARY, inlined_offset());
  const auto outcome = scene.name({.time_limit = std::chrono::milliseconds{0}});
  CHECK(outcome.left == 1);
  CHECK(scene.query("SELECT name_source IS NULL FROM frames") == "1");
}

TEST_CASE("naming: leaves names alone that others wrote") {
  const Scene scene;
  scene.add_frame(0, KNOWN_LIBRARY, inlined_offset());
  scene.query("UPDATE frames SET function = 'theirs'");
  CHECK(scene.name().crashes.empty());
  CHECK(scene.query("SELECT function FROM frames") == "theirs");
}

TEST_CASE("naming: has nothing to do in a database that dblog did not make") {
  const TemporaryDirectory directory;
  sqlite_shell(directory / "other.db", "CREATE TABLE t (a)");
  symbols::Symbolizer symbolizer{{}};
  const auto outcome = symbols::name_frames(directory / "other.db", symbolizer);
  REQUIRE(outcome);
  CHECK(outcome->crashes.empty());
}

TEST_CASE("naming: says when there is no database, and makes none") {
  const TemporaryDirectory directory;
  symbols::Symbolizer symbolizer{{}};
  const auto outcome = symbols::name_frames(directory / "none.db", symbolizer);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == dblog::base::ErrorCode::not_found);
  CHECK_FALSE(std::filesystem::exists(directory / "none.db"));
}

TEST_CASE("naming: copes with rows that hold nonsense") {
  const Scene scene;
  scene.query(
      "INSERT INTO frames (crash_id, thread, depth, module, build_id, offset) VALUES "
      "(1, 10, 0, 'relative', 'zz', '0xfffffffffffffffff'), (1, 10, 1, '/x', '..', 'abc'), "
      "(1, 10, -5, x'00ff', 7, 12), (1, 10, 'x', '/dev/zero', 'ab', '0x1')");
  const auto outcome = scene.name();
  CHECK(outcome.named == 0);
  CHECK(scene.query("SELECT count(*) FROM frames WHERE name_source = 'none'") == "4");
}
