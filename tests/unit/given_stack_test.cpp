// Stacks that the program captured itself and gives to an event (dblog/stack.hpp).
#include "dblog/stack.hpp"

#include <execinfo.h>

#include <array>
#include <catch2/catch.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>
#include <version>

#include "dblog/event_logger.hpp"
#include "tests/support/enclosing_function.hpp"
#include "tests/support/sqlite_shell.hpp"
#include "tests/support/temporary_directory.hpp"

#if __has_include(<boost/stacktrace.hpp>)
#define HAS_BOOST 1
#include <boost/exception/all.hpp>
#include <boost/stacktrace.hpp>
#endif
#ifdef __cpp_lib_stacktrace
#include <stacktrace>
#endif

namespace {

using dblog::EventLogger;
using dblog::StackFrames;
using dblog::test::enclosing_function;
using dblog::test::start_of;

volatile int sink = 0;

struct Addresses {
  std::array<void*, 8> all{};
  std::size_t count = 0;

  [[nodiscard]] std::span<const void* const> frames() const { return {all.data(), count}; }
};

[[gnu::noinline]] Addresses captured_here() {
  Addresses addresses;
  const int count = ::backtrace(addresses.all.data(), static_cast<int>(addresses.all.size()));
  addresses.count = static_cast<std::size_t>(count);
  sink = sink + 1;
  return addresses;
}

// As GCC's std::stacktrace_entry.
struct StandardFrame {
  std::uintptr_t handle = 0;

  [[nodiscard]] std::uintptr_t native_handle() const { return handle; }
};

struct Scene {
  dblog::test::TemporaryDirectory directory;
  EventLogger events{"t", directory / "LOGS.db"};

  [[nodiscard]] std::string query(const std::string& sql) const {
    return dblog::test::sqlite_shell(directory / "LOGS.db", sql);
  }

  [[nodiscard]] std::string addresses(const std::string& column) const {
    return query("SELECT address FROM event_stacks JOIN stack_frames ON stack_id = " + column +
                 " ORDER BY depth;");
  }

  // The stack that event_stacks names in `column` has a frame of the function.
  [[nodiscard]] bool has_function(const std::string& column, const void* start) const {
    std::istringstream lines{addresses(column)};
    for (std::string line; std::getline(lines, line);) {
      if (enclosing_function(std::stoull(line, nullptr, 16)) == start) return true;
    }
    return false;
  }
};

std::string text_of(const void* address) {
  std::ostringstream text;
  text << address;
  return text.str();
}

}  // namespace

TEST_CASE("given stack: a span of return addresses is where the event happened") {
  Scene scene;
  const Addresses addresses = captured_here();
  REQUIRE(scene.events.push_to_table("no order", {.frames = addresses.frames()}));
  CHECK(scene.has_function("pushed_at", start_of(captured_here)));
  CHECK(scene.query("SELECT count(*) FROM event_stacks WHERE thrown_at IS NULL;") == "1");
}

TEST_CASE("given stack: with an exception it is where that was thrown") {
  Scene scene;
  const Addresses addresses = captured_here();
  REQUIRE(scene.events.push_to_table(std::out_of_range("no item"), {.frames = addresses.frames()}));
  CHECK(scene.has_function("thrown_at", start_of(captured_here)));
  CHECK_FALSE(scene.has_function("pushed_at", start_of(captured_here)));
  CHECK(scene.query(
            "SELECT exception_type FROM event_stacks WHERE pushed_at > 0 OR pushed_at < 0;") ==
        "std::out_of_range");
}

TEST_CASE("given stack: a queued logger commits an event with one at once") {
  Scene scene;
  EventLogger queued{"q", {.database = scene.directory / "LOGS.db", .queued = true}};
  const Addresses addresses = captured_here();
  CHECK(queued.push_to_table("no order", {.frames = addresses.frames()}).id == 1);
  CHECK(scene.has_function("pushed_at", start_of(captured_here)));
}

TEST_CASE("given stack: none is kept where no stack is wanted") {
  Scene scene;
  const Addresses addresses = captured_here();
  REQUIRE(scene.events.push_to_table("no order", {.stack = false, .frames = addresses.frames()}));
  CHECK(scene.query("SELECT count(*) FROM event_stacks;") == "0");
}

TEST_CASE("given stack: of a stack that is too deep the innermost 64 frames are kept") {
  Scene scene;
  std::vector<const void*> deep;
  for (std::uintptr_t i = 1; i <= 100; ++i) deep.push_back(reinterpret_cast<const void*>(i));
  REQUIRE(scene.events.push_to_table("recursion", {.frames = deep}));
  CHECK(scene.query("SELECT count(*), max(depth) FROM stack_frames;"
                    "SELECT address FROM stack_frames WHERE depth IN (0, 63) ORDER BY depth;") ==
        "64|63\n0x1\n0x40");
}

TEST_CASE("given stack: the frames of a std::stacktrace become return addresses") {
  Scene scene;
  const Addresses addresses = captured_here();
  std::vector<StandardFrame> trace;
  for (const void* address : addresses.frames()) {
    trace.push_back({reinterpret_cast<std::uintptr_t>(address) - 1});
  }
  trace.push_back({0});
  trace.push_back({~std::uintptr_t{0}});  // an empty std::stacktrace_entry
  REQUIRE(scene.events.push_to_table("no order", {.frames = StackFrames{trace}}));
  std::string expected;
  for (const void* address : addresses.frames()) {
    expected += (expected.empty() ? "" : "\n") + text_of(address);
  }
  CHECK(scene.addresses("pushed_at") == expected);
}

#ifdef __cpp_lib_stacktrace
static_assert(std::constructible_from<StackFrames, const std::stacktrace&>);
#endif

#ifdef HAS_BOOST
namespace {

using Trace = boost::error_info<struct TraceTag, boost::stacktrace::stacktrace>;

[[gnu::noinline]] boost::stacktrace::stacktrace boost_trace() {
  boost::stacktrace::stacktrace trace;
  sink = sink + 1;
  return trace;
}

[[gnu::noinline]] void throw_with_trace() {
  throw boost::enable_error_info(std::out_of_range("no item")) << Trace(boost_trace());
}

}  // namespace

TEST_CASE("given stack: takes a boost::stacktrace::stacktrace") {
  Scene scene;
  REQUIRE(scene.events.push_to_table("no order", {.frames = StackFrames{boost_trace()}}));
  CHECK(scene.has_function("pushed_at", start_of(boost_trace)));
}

TEST_CASE("given stack: takes the one that a Boost.Exception carries") {
  Scene scene;
  try {
    throw_with_trace();
  } catch (const std::exception& error) {
    const auto* trace = boost::get_error_info<Trace>(error);
    REQUIRE(trace != nullptr);
    REQUIRE(scene.events.push_to_table(error, {.frames = StackFrames{*trace}}));
  }
  CHECK(scene.has_function("thrown_at", start_of(throw_with_trace)));
  CHECK_FALSE(scene.has_function("pushed_at", start_of(throw_with_trace)));
}
#endif
