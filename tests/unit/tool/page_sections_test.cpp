#include <catch2/catch.hpp>

#include "tools/dblog/color_choice.hpp"
#include "tools/dblog/frames_section.hpp"
#include "tools/dblog/state_sections.hpp"
#include "tools/dblog/verb_advice.hpp"

using Catch::Matchers::EndsWith;
using dblog::reader::Details;
using dblog::sqlite::Row;
using namespace dblog::tool;

namespace {

constexpr std::int64_t kCrashed = 1;

Row frame(std::int64_t thread, std::int64_t depth, const std::string& function) {
  return {{{"thread", thread},
           {"depth", depth},
           {"function", function},
           {"module", std::string("/srv/app")}}};
}

Row thread(std::int64_t tid, const std::string& name, std::int64_t answered = 1) {
  return {{{"tid", tid}, {"name", name}, {"answered", answered}}};
}

Details crash() {
  Details details;
  details.entry.row.columns = {{"tid", kCrashed}, {"date", std::string("2026-01-31 12:00:00.5")}};
  return details;
}

std::string threads_text(const Details& details, bool is_full = false) {
  PageText page;
  add_other_threads(page, details, is_full);
  return page.text();
}

}  // namespace

TEST_CASE("other threads: those with the same stack stand together") {
  Details details = crash();
  details.threads.push_back(thread(kCrashed, "main"));
  details.frames.push_back(frame(kCrashed, 0, "boom"));
  for (std::int64_t tid = 2; tid < 14; ++tid) {
    details.threads.push_back(thread(tid, "worker"));
    details.frames.push_back(frame(tid, 0, "wait"));
  }
  details.threads.push_back(thread(20, "io"));
  details.frames.push_back(frame(20, 0, "poll"));
  details.threads.push_back(thread(21, "stuck", 0));
  CHECK(threads_text(details) == R"(
Other threads
  12 threads: 2 (worker), 3 (worker), 4 (worker), 5 (worker), 6 (worker), 7 (worker), …
    #0   wait in app
  Thread 20 (io)
    #0   poll in app
  Thread 21 (stuck): stack not known; it blocks signals, or did not answer in time
)");
}

TEST_CASE("other threads: show their innermost frames, or all") {
  Details details = crash();
  for (std::int64_t depth = 0; depth < 10; ++depth) {
    details.frames.push_back(frame(2, depth, "f" + std::to_string(depth)));
  }
  CHECK(threads_text(details).find("#7   f7 in app\n    (2 more: --full)\n") != std::string::npos);
  CHECK(threads_text(details, true).find("#9   f9 in app\n") != std::string::npos);
}

TEST_CASE("other threads: those that were too many to record are counted") {
  Details details = crash();
  for (std::int64_t tid = 2; tid < 65; ++tid) details.threads.push_back(thread(tid, "worker"));
  CHECK(threads_text(details).find("recorded") == std::string::npos);
  details.threads.push_back(thread(65, "worker"));
  CHECK_THAT(threads_text(details),
             EndsWith("  (the first 64 are recorded; there may have been more)\n"));
  details.hardware_details = Row{{{"threads", std::int64_t{65}}}};
  CHECK(threads_text(details).find("recorded") == std::string::npos);
  details.hardware_details = Row{{{"threads", std::int64_t{101}}}};
  CHECK_THAT(threads_text(details),
             EndsWith("  (of 100 other threads the first 64 are recorded)\n"));
}

TEST_CASE("other threads: there is no section when there are none") {
  CHECK(threads_text(crash()).empty());
}

TEST_CASE("trace: of a long one both ends are shown") {
  dblog::report::Frames frames;
  for (std::int64_t depth = 0; depth < 100; ++depth) {
    frames.push_back(frame(1, depth, "f" + std::to_string(depth)));
  }
  PageText page;
  FramesView view;
  view.most_frames = 8;
  add_trace(page, frames, view);
  CHECK(
      page.text() ==
      "  #0   f0 in app\n  #1   f1 in app\n  #2   f2 in app\n  #3   f3 in app\n  #4   f4 in app\n"
      "  #5   f5 in app\n  (92 frames not shown: --full)\n  #98  f98 in app\n  #99  f99 in app\n");
}

TEST_CASE("trace: a recursion is shown once") {
  dblog::report::Frames frames{frame(1, 0, "boom")};
  for (std::int64_t depth = 1; depth < 7; ++depth) {
    frames.push_back(frame(1, depth, depth % 2 != 0 ? "ping" : "pong"));
  }
  for (std::int64_t depth = 57; depth < 60; ++depth) frames.push_back(frame(1, depth, "dig"));
  frames.push_back(frame(1, 60, "main"));
  PageText page;
  add_trace(page, frames, {});
  CHECK(page.text() ==
        "  #0   boom in app\n  #1   ping in app\n  #2   pong in app\n"
        "  (these 2 frames 2 more times: --full)\n  (50 frames left out)\n  #57  dig in app\n"
        "  (this frame 2 more times: --full)\n  #60  main in app\n");
  PageText full;
  add_trace(full, frames, {.folds_recursion = false});
  CHECK(full.text().find("more times") == std::string::npos);
}

TEST_CASE("trace: the inside of the C++ library is one line, a single frame of it stays") {
  const dblog::report::Frames frames{
      frame(1, 0, "boom()"),
      frame(1, 1, "void std::__invoke_impl<void, F>(F&&)"),
      frame(1, 2, "std::_Function_handler<void (), F>::_M_invoke(std::_Any_data const&)"),
      frame(1, 3, "std::function<void ()>::operator()() const"),
      frame(1, 4, "run()"),
      frame(1, 5, "std::__invoke(G)"),
      frame(1, 6, "main")};
  PageText page;
  add_trace(page, frames, {});
  CHECK(page.text() ==
        "  #0   boom() in app\n  (3 frames of the C++ library)\n  #4   run() in app\n"
        "  #5   std::__invoke(G) in app\n  #6   main in app\n");
  PageText full;
  add_trace(full, frames, {.folds_recursion = false});
  CHECK(full.text().find("C++ library") == std::string::npos);
}

TEST_CASE("other threads: the inside of the C++ library is one line") {
  Details details = crash();
  details.frames = {frame(2, 0, "wait"), frame(2, 1, "std::__invoke(F)"),
                    frame(2, 2, "std::thread::_State_impl<F>::_M_run()"), frame(2, 3, "clone")};
  CHECK(threads_text(details) == R"(
Other threads
  Thread 2
    #0   wait in app
    (2 frames of the C++ library)
    #3   clone in app
)");
  CHECK(threads_text(details, true).find("C++ library") == std::string::npos);
}

TEST_CASE("trace: says which depths were never recorded") {
  PageText page;
  add_trace(page, {frame(1, 0, "f"), frame(1, 5, "g")}, {});
  CHECK(page.text() == "  #0   f in app\n  (4 frames left out)\n  #5   g in app\n");
}

TEST_CASE("registers: stand in the processor's order") {
  std::vector<Row> rows;
  for (const char* name : {"eflags", "r10", "r8", "rax", "rip", "rsp"}) {
    rows.push_back({{{"name", std::string(name)}, {"value", std::string("0x1")}}});
  }
  std::string order;
  for (const Row& row : in_processor_order(rows)) order += *row.text("name") + " ";
  CHECK(order == "rip rsp rax eflags r8 r10 ");
}

TEST_CASE("time before: is in seconds, for long times in hours") {
  const std::string date = "2026-03-01 00:00:01.000000";
  CHECK(time_before("2026-02-28 23:59:59.797000", date) == "-1.203 s");
  CHECK(time_before(date, date) == "-0.000 s");
  CHECK(time_before("2026-03-01 00:00:01.500000", date) == "+0.500 s");
  CHECK(time_before("2026-02-27 00:00:01", date) == "-48 h 0 min");
  CHECK_FALSE(time_before("yesterday", date));
  CHECK_FALSE(time_before("2026-13-01 00:00:01", date));
}

TEST_CASE("color: only on a terminal that can, unless it is asked for") {
  CHECK(is_colored(ColorChoice::automatic, true, nullptr, "xterm"));
  CHECK(is_colored(ColorChoice::automatic, true, "", "xterm"));
  CHECK_FALSE(is_colored(ColorChoice::automatic, false, nullptr, "xterm"));
  CHECK_FALSE(is_colored(ColorChoice::automatic, true, "1", "xterm"));
  CHECK_FALSE(is_colored(ColorChoice::automatic, true, nullptr, "dumb"));
  CHECK_FALSE(is_colored(ColorChoice::automatic, true, nullptr, nullptr));
  CHECK(is_colored(ColorChoice::always, false, "1", "dumb"));
  CHECK_FALSE(is_colored(ColorChoice::never, true, nullptr, "xterm"));
}

TEST_CASE("page: colours are put around what is escaped, never into it") {
  PageText page{true};
  page.line("a\x1b[31mb", Style::alert);
  CHECK(page.text() == "  \x1b[1;31ma\\x1b[31mb\x1b[0m\n");
}

TEST_CASE("verb advice: names the verbs and the one that was meant") {
  const std::vector<std::string> verbs = {"list", "show", "recover"};
  CHECK(verb_advice("shwo", verbs) ==
        "shwo: is no verb; did you mean 'show'? Verbs: list, show, recover (see dblog --help)");
  CHECK(verb_advice("rec", verbs).find("'recover'") != std::string::npos);
  CHECK(verb_advice("delete", verbs) ==
        "delete: is no verb; verbs: list, show, recover (see dblog --help)");
  CHECK(verb_advice("", verbs) == "a verb is missing: list, show, recover (see dblog --help)");
  CHECK(verb_advice(std::string(1'000'000, 's'), verbs).find("mean") == std::string::npos);
}
