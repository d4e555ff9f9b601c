#include "src/report/short_stack.hpp"

#include <catch2/catch.hpp>

using dblog::sqlite::Row;
using namespace dblog::report;
using Lines = std::vector<std::string>;

namespace {

const std::string kLibc = "/lib/x86_64-linux-gnu/libc.so.6";
const std::string kLibstdcxx = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30";

Frames numbered(std::vector<std::pair<std::string, std::string>> functions) {
  Frames frames;
  for (auto& [function, module] : functions) {
    const auto depth = static_cast<std::int64_t>(frames.size());
    frames.push_back({{{"depth", depth}, {"function", function}, {"module", module}}});
  }
  return frames;
}

Row with_source(Row frame, const std::string& file, std::int64_t line) {
  frame.columns.push_back({"file", file});
  frame.columns.push_back({"line", line});
  return frame;
}

}  // namespace

TEST_CASE("short stack: libraries and the runtime are a line each, with their names") {
  Frames frames = numbered({{"__pthread_kill_implementation", kLibc},
                            {"raise", kLibc},
                            {"abort", kLibc},
                            {"__gnu_cxx::__verbose_terminate_handler()", kLibstdcxx},
                            {"__cxa_throw", kLibstdcxx},
                            {"pay(int)", "/srv/shop"},
                            {"std::function<void (int)>::operator()(int) const", "/srv/shop"},
                            {"main", "/srv/shop"},
                            {"__libc_start_call_main", kLibc},
                            {"__libc_start_main", kLibc},
                            {"_start", "/srv/shop"}});
  frames[5] = with_source(frames[5], "/home/me/shop/src/pay.cpp", 17);
  CHECK(short_stack(frames) == Lines{"#0 __pthread_kill_implementation",
                                     "… 4 frames of libc and libstdc++ …",
                                     "#5 pay (src/pay.cpp:17)", "#6 std::function::operator()",
                                     "#7 main", "… 3 frames of libc and the runtime …"});
  CHECK(source_line(frames) == "pay at /home/me/shop/src/pay.cpp:17");
}

TEST_CASE("short stack: inlined parts of the C++ library are a line, too") {
  Frames frames = numbered({{"sum(std::vector<int, std::allocator<int> >&)", "/srv/shop"},
                            {"std::vector<int>::at(unsigned long)", "/srv/shop"},
                            {"__normal_iterator", "/srv/shop"},
                            {"main", "/srv/shop"}});
  frames[2] = with_source(frames[2], "/usr/include/c++/12/bits/stl_iterator.h", 1'028);
  CHECK(short_stack(frames) == Lines{"#0 sum", "… 2 frames of the C++ library …", "#3 main"});
  CHECK(source_line(frames).empty());
}

TEST_CASE("short stack: a library that the system has installed is folded, a private one is not") {
  const std::string curl = "/usr/lib/x86_64-linux-gnu/libcurl.so.4.8.0";
  CHECK(short_stack(numbered({{"strlen", kLibc},
                              {"curl_easy_perform", curl},
                              {"Curl_multi", curl},
                              {"plug", "/usr/lib/shop/libplug.so"},
                              {"main", "/usr/bin/shop"}})) ==
        Lines{"#0 strlen", "… 2 frames of libcurl …", "#3 plug", "#4 main"});
}

TEST_CASE("short stack: a gap in the depths is not folded over") {
  Frames frames = numbered({{"f", "/srv/shop"}, {"raise", kLibc}, {"abort", kLibc}});
  frames[2].columns[0].value = std::int64_t{9};
  CHECK(short_stack(frames) == Lines{"#0 f", "#1 raise", "#9 abort"});
}

TEST_CASE("short stack: a long one says how much is left out") {
  CHECK(short_stack(Frames(13, numbered({{"walk", "/srv/shop"}}).front())).back() ==
        "… 1 more frame …");
  const auto lines = short_stack(Frames(300, numbered({{"walk", "/srv/shop"}}).front()));
  CHECK(lines.size() == kMostShortLines + 1);
  CHECK(lines.back() == "… 288 more frames …");
  std::string text;
  for (int i = 0; i < 20; ++i) text += "#" + std::to_string(i) + " f\n";
  CHECK(short_stack(text).front() == "#0 f");
  CHECK(short_stack(text).back() == "… 8 more frames …");
  CHECK(short_stack(Frames{}).empty());
  CHECK(short_stack(std::string_view{}).empty());
}

TEST_CASE("short stack: a name that is less than sure says where it is from") {
  Frames frames = numbered({{"f", "/srv/shop"}});
  frames[0].columns.push_back({"name_source", std::string("dynamic symbols")});
  CHECK(short_stack(frames) == Lines{"#0 f [dynamic symbols]"});
}
