#include "src/report/frame_text.hpp"

#include <catch2/catch.hpp>

using dblog::store::Row;
using namespace dblog::report;

namespace {

Row frame(const std::string& function, const std::string& module = "/srv/app") {
  return {{{"function", function}, {"module", module}, {"offset", std::string("0x10")}}};
}

Row with(Row row, const std::string& name, dblog::store::Value value) {
  row.columns.push_back({name, std::move(value)});
  return row;
}

}  // namespace

TEST_CASE("frame place: is function and source, else module and offset, else the address") {
  Row known = with(frame("f(int)"), "file", std::string("/home/me/m.cpp"));
  CHECK(frame_place(known) == "f(int) at /home/me/m.cpp");
  known = with(known, "line", std::int64_t{12});
  CHECK(frame_place(known) == "f(int) at /home/me/m.cpp:12");
  known = with(with(known, "column_number", std::int64_t{7}), "inlined", std::int64_t{1});
  CHECK(frame_place(known) == "f(int) at /home/me/m.cpp:12:7 (inlined)");
  CHECK(frame_place(frame("poll")) == "poll in app+0x10");
  CHECK(frame_place(frame("")) == "/srv/app+0x10");
  CHECK(frame_place({{{"address", std::string("0x41")}}}) == "0x41");
}

TEST_CASE("frame place: a name that is less than sure says where it is from") {
  const auto named_by = [](const std::string& source) {
    return frame_place(with(frame("f"), "name_source", source));
  };
  CHECK(named_by("dynamic symbols") == "f in app+0x10 [dynamic symbols]");
  CHECK(named_by("symbol table, unverified file") ==
        "f in app+0x10 [symbol table, unverified file]");
  CHECK(named_by("debug info") == "f in app+0x10");
  CHECK(named_by("debug info, unverified file") == "f in app+0x10 [unverified file]");
  CHECK(named_by("none") == "f in app+0x10");
  CHECK(named_by("none, split debug info not read") == "f in app+0x10 [split debug info not read]");
}

TEST_CASE("site: an abort is where the program called it") {
  const Frames frames = {frame("raise", "/lib/libc.so.6"), frame("abort", "/lib/libc.so.6"),
                         frame("check"), frame("main")};
  CHECK(with_site("", site_of(frames, Entrance::program_only)) == " in check, called from main");
  CHECK(with_site("it ended", site_of(frames, Entrance::exact), After::clause) ==
        "it ended, in raise, called from check");
  CHECK(site_of({}, Entrance::exact).empty());
}

TEST_CASE("site: leave anonymous namespaces out") {
  CHECK(with_site("", site_of({frame("(anonymous namespace)::f(int)"), frame("main")},
                              Entrance::exact)) == " in f, called from main");
}

TEST_CASE("site: a function that calls itself is not its own caller") {
  CHECK(with_site("", site_of({frame("f(int)"), frame("f(int)"), frame("main")},
                              Entrance::exact)) == " in f, called from main");
}

TEST_CASE("recursion words: name the functions of a round, however it began") {
  Frames frames = {frame("strlen")};
  for (int i = 0; i < 8; ++i) {
    frames.push_back(frame("walk(Node*)"));
    frames.push_back(frame("visit(Node*)"));
  }
  CHECK(recursion_text(frames) == "walk, visit");
  frames.resize(15);
  CHECK(recursion_text(frames).empty());
  CHECK(recursion_text(Frames(300, frame("f"))) == "f");
}
