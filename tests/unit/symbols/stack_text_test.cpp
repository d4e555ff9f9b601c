#include "src/symbols/stack_text.hpp"

#include <catch2/catch.hpp>

using namespace dblog::symbols;

namespace {

RecordedFrame frame_at(std::int64_t depth, std::vector<FrameRow> rows) {
  RecordedFrame frame;
  frame.thread = 10;
  frame.depth = depth;
  frame.address = "0x55d0c0de1234";
  frame.module = "/usr/bin/app";
  frame.offset = "0x1234";
  frame.rows = std::move(rows);
  return frame;
}

FrameRow row(const char* function, const char* source) {
  FrameRow made;
  if (function != nullptr) made.function = function;
  made.name_origin = dblog::schema::find_name_origin(source);
  return made;
}

std::string text_of(std::vector<RecordedFrame> frames) {
  RecordedStack stack;
  stack.crashed_thread = 10;
  stack.frames = std::move(frames);
  return stack_text(stack);
}

}  // namespace

TEST_CASE("stack text: shows function, file and line, inlined calls first") {
  FrameRow inlined = row("parse_header", "debug info");
  inlined.file = "/src/parser.cpp";
  inlined.line = 42;
  inlined.is_inlined = true;
  FrameRow holder = row("handle(Request&)", "debug info");
  holder.file = "/src/server.cpp";
  CHECK(text_of({frame_at(0, {inlined, holder})}) ==
        "#0 parse_header (inlined) at /src/parser.cpp:42\n"
        "#0 handle(Request&) at /src/server.cpp\n");
}

TEST_CASE("stack text: says what a name is from when that is no debug information") {
  CHECK(text_of({frame_at(2, {row("main", "symbol table")})}) ==
        "(2 frames left out)\n#2 main (symbol table) in /usr/bin/app+0x1234\n");
  CHECK(text_of({frame_at(0, {row("f", "debug info, unverified file")})}) ==
        "#0 f (debug info, unverified file) in /usr/bin/app+0x1234\n");
}

TEST_CASE("stack text: shows address and module where there is no name") {
  CHECK(text_of({frame_at(0, {row(nullptr, "none")})}) ==
        "#0 0x55d0c0de1234 /usr/bin/app+0x1234\n");
  RecordedFrame outside = frame_at(0, {row(nullptr, "none")});
  outside.module.reset();
  outside.offset.reset();
  CHECK(text_of({outside}) == "#0 0x55d0c0de1234\n");
}

TEST_CASE("stack text: says how many frames of a deep stack were left out") {
  CHECK(text_of({frame_at(0, {row("f", "debug info")}), frame_at(9, {row("g", "debug info")})}) ==
        "#0 f in /usr/bin/app+0x1234\n(8 frames left out)\n#9 g in /usr/bin/app+0x1234\n");
}

TEST_CASE("stack text: is empty without frames of the crashed thread") {
  RecordedFrame other = frame_at(0, {row("f", "debug info")});
  other.thread = 11;
  CHECK(text_of({other}).empty());
}

TEST_CASE("name source: each text of the column is read as what it was written for") {
  using dblog::schema::find_name_origin;
  for (const auto& [text, origin] : dblog::schema::name_source_vocabulary()) {
    const auto found = find_name_origin(text);
    REQUIRE(found);
    CHECK(found->source == origin.source);
    CHECK(found->unread == origin.unread);
    CHECK(name_source_text(*found) == text);
  }
  CHECK(find_name_origin("debug info, unverified file, split debug info not read") ==
        NameOrigin{NameSource::debug_info, Unread::split, false});
  CHECK_FALSE(find_name_origin("debug information"));
}
