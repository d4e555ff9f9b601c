#include "src/report/frame_text.hpp"

#include <catch2/catch.hpp>

using dblog::sqlite::Row;
using namespace dblog::report;

namespace {

Row frame(const std::string& function, const std::string& module = "/srv/app") {
  return {{{"function", function}, {"module", module}, {"offset", std::string("0x10")}}};
}

Row with(Row row, const std::string& name, dblog::sqlite::Value value) {
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

TEST_CASE("site: in a library that the system has installed, names the program's caller") {
  const std::string curl = "/usr/lib/x86_64-linux-gnu/libcurl.so.4";
  Frames frames = {frame("curl_easy_setopt", curl), frame("upload"), frame("main")};
  for (const Entrance entrance : {Entrance::exact, Entrance::program_only}) {
    CHECK(with_site("", site_of(frames, entrance)) == " in curl_easy_setopt, called from upload");
  }
  CHECK(site_function(frames) == "upload");
  frames.insert(frames.begin(), frame("__strlen_avx2", "/lib/libc.so.6"));
  CHECK(with_site("", site_of(frames, Entrance::exact)) == " in __strlen_avx2, called from upload");
  frames.resize(2);
  CHECK(site_function(frames) == "curl_easy_setopt");
  CHECK(with_site("", site_of(frames, Entrance::exact)) ==
        " in __strlen_avx2, called from curl_easy_setopt");
}

TEST_CASE("frames: a library is the system's right in a directory of the system's") {
  for (const char* module : {"/usr/lib/x86_64-linux-gnu/libcurl.so.4", "/lib/libz.so.1",
                             "/usr/lib64/libz.so.1", "/lib/aarch64-linux-gnu/libz.so"}) {
    CHECK(!is_program_frame(frame("f", module)));
    CHECK(is_own_frame(frame("f", module)));
  }
  for (const char* module :
       {"/usr/lib/shop/libplug.so", "/srv/lib/libplug.so", "/usr/local/lib/libplug.so",
        "/usr/lib/x86_64-linux-gnu/shop/libplug.so", "/usr/bin/shop", "/usr/lib/shop", "shop",
        ""}) {
    CHECK(is_program_frame(frame("f", module)));
  }
}

TEST_CASE("frames: what comes from a header that is installed is not the program's own") {
  for (const char* file : {"/usr/include/c++/12/bits/stl_vector.h", "/usr/include/boost/any.hpp",
                           "/opt/gcc/include/c++/13/vector", "/usr/lib/gcc/x/12/include/xmm.h"}) {
    CHECK(!is_own_frame(with(frame("f"), "file", std::string(file))));
  }
  CHECK(is_own_frame(with(frame("f"), "file", std::string("/srv/shop/include/shop.hpp"))));
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
