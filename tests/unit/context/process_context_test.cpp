// The values of the process: set, cleared, too many; read while they change; mirrored; after
// fork().
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dblog/context.hpp"
#include "tests/unit/context/context_scene.hpp"

namespace {

using dblog::clear_context;
using dblog::set_context;
using dblog::crash::ProcessContext;
using dblog::test::context_now;
using dblog::test::fields_in;
using dblog::test::NamedTexts;

NamedTexts fields_of(const ProcessContext& context) {
  std::vector<char> bytes(ProcessContext::kBytes);
  return fields_in({bytes.data(), copy_fields(context, bytes.data(), bytes.size())});
}

struct Cleared {
  ~Cleared() { dblog::crash::publish(dblog::crash::process_context, {}); }
};

}  // namespace

TEST_CASE("process context: a value is there in every thread until it is cleared") {
  const Cleared at_end;
  CHECK(set_context("region", "eu-1"));
  CHECK(set_context("shard", 3));
  CHECK(dblog::crash::has_context());
  std::thread{[] {
    CHECK(context_now() == NamedTexts{{"region", "eu-1"}, {"shard", "3"}});
  }}.join();
  CHECK(set_context("region", "eu-2"));
  CHECK(context_now() == NamedTexts{{"shard", "3"}, {"region", "eu-2"}});
  clear_context("shard");
  clear_context("never there");
  CHECK(context_now() == NamedTexts{{"region", "eu-2"}});
  clear_context("region");
  CHECK(context_now().empty());
  CHECK_FALSE(dblog::crash::has_context());
}

TEST_CASE("process context: it stands behind the scopes of a thread") {
  const Cleared at_end;
  REQUIRE(set_context("name", "process"));
  const dblog::Context scope{{"name", "scope"}};
  CHECK(context_now() == NamedTexts{{"name", "scope"}, {"name", "process"}});
}

TEST_CASE("process context: a value without room is refused, and the others stay") {
  const Cleared at_end;
  const std::string large(1'000, 'x');
  for (const char* name : {"a", "b", "c", "d"}) CHECK(set_context(name, large));
  CHECK_FALSE(set_context("e", large));
  CHECK(set_context("small", 1));
  CHECK(context_now().size() == 5);
  CHECK_FALSE(set_context("small", large));
  CHECK(context_now().size() == 4);
  clear_context("a");
  CHECK(set_context("e", large));
}

TEST_CASE("process context: what is read while threads change it is whole") {
  const Cleared at_end;
  std::atomic<bool> is_done{false};
  std::vector<std::thread> writers;
  for (const char* name : {"a", "b", "c"}) {
    writers.emplace_back([&, name] {
      for (int i = 0; !is_done; ++i) {
        set_context(name, std::string(static_cast<std::size_t>(1 + i % 900), name[0]));
        if (i % 7 == 0) clear_context(name);
      }
    });
  }
  int seen = 0;
  for (int i = 0; i < 20'000 || seen < 1'000; ++i) {
    for (const auto& [name, text] : context_now()) {
      ++seen;
      const bool is_whole = !text.empty() && text.find_first_not_of(name) == std::string::npos;
      if (!is_whole) FAIL("torn: " << name << " = " << text);
    }
  }
  is_done = true;
  for (std::thread& writer : writers) writer.join();
}

TEST_CASE("process context: what was being written when its thread died does not count") {
  auto context = std::make_unique<ProcessContext>();
  const auto publish_text = [&](std::string_view text) {
    char bytes[64];
    dblog::base::FieldWriter writer{bytes, sizeof bytes};
    writer.text("name", text);
    publish(*context, {bytes, writer.size()});
  };
  publish_text("first");
  publish_text("second");
  for (auto& word : context->halves[1]) word = ~std::uint64_t{0};  // half of a third
  CHECK(fields_of(*context) == NamedTexts{{"name", "second"}});
}

TEST_CASE("process context: whatever a file says of it, no place outside of it is read") {
  auto context = std::make_unique<ProcessContext>();
  std::vector<char> bytes(ProcessContext::kBytes);
  for (const std::uint64_t state : {~std::uint64_t{0}, std::uint64_t{0xFFFF}}) {
    context->state = state;
    CHECK(copy_fields(*context, bytes.data(), bytes.size()) == ProcessContext::kBytes);
    CHECK(copy_fields(*context, bytes.data(), 10) == ProcessContext::kBytes);
  }
}

TEST_CASE("process context: a mirror has what was set before and after") {
  const Cleared at_end;
  auto mirror = std::make_unique<ProcessContext>();
  REQUIRE(set_context("before", 1));
  dblog::crash::mirror_process_context(*mirror);
  CHECK(fields_of(*mirror) == NamedTexts{{"before", "1"}});
  REQUIRE(set_context("after", 2));
  CHECK(fields_of(*mirror) == NamedTexts{{"before", "1"}, {"after", "2"}});
  {
    // A box that is opened during a change: who changes fills it.
    auto other = std::make_unique<ProcessContext>();
    {
      const dblog::crash::ProcessContextChange change;
      REQUIRE(change.has_turn());
      dblog::crash::mirror_process_context(*other);
      CHECK(fields_of(*other).empty());
    }
    CHECK(fields_of(*other).size() == 2);
    dblog::crash::leave_context_mirror();
  }
  REQUIRE(set_context("later", 3));
  CHECK(fields_of(*mirror).size() == 2);
}

TEST_CASE("process context: a child of fork() keeps it and may change it, though a thread did so") {
  const Cleared at_end;
  auto mirror = std::make_unique<ProcessContext>();
  REQUIRE(set_context("region", "eu-1"));
  dblog::crash::mirror_process_context(*mirror);
  const dblog::crash::ProcessContextChange change;
  REQUIRE(change.has_turn());
  const pid_t child = ::fork();
  if (child == 0) {
    const bool is_kept = context_now() == NamedTexts{{"region", "eu-1"}};
    const bool is_set = set_context("child", 1) && context_now().size() == 2;
    const bool is_mirror_left = fields_of(*mirror).size() == 1;
    ::_exit(is_kept && is_set && is_mirror_left ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  dblog::crash::leave_context_mirror();
}

// Waiting for its turn is a cancellation point, and a cancelled noexcept function ends the program.
TEST_CASE("process context: a thread may be cancelled while it waits for its turn") {
  const Cleared at_end;
  const auto set_without_end = [](void* name) -> void* {
    while (true) {
      set_context(static_cast<const char*>(name), 1);
      ::pthread_testcancel();
    }
  };
  char names[][2] = {"a", "b", "c"};
  for (int round = 0; round < 50; ++round) {
    std::vector<pthread_t> threads(std::size(names));
    for (std::size_t i = 0; i < threads.size(); ++i) {
      REQUIRE(::pthread_create(&threads[i], nullptr, set_without_end, names[i]) == 0);
    }
    for (const pthread_t thread : threads) ::pthread_cancel(thread);
    for (const pthread_t thread : threads) {
      void* result = nullptr;
      ::pthread_join(thread, &result);
      CHECK(result == PTHREAD_CANCELED);
    }
  }
}
