// The public structs, field by field: programs are compiled with their layout.
//
// This does not compile, or fails, when a field came or went or changed its place. Then a program
// that was built before must not start with the new library: raise the number of the inline
// namespace abi_1 in include/dblog/ and src/api/ (docs/decisions.md, 34), unless no version that
// has it was released yet.
#include <catch2/catch.hpp>
#include <type_traits>

#include "dblog/dblog.hpp"

namespace {

using namespace dblog;

// Fields that fill a gap change no size, and the size is libstdc++'s on x86-64 only.
template <typename Struct>
[[maybe_unused]] bool has_size(std::size_t size) {
#if defined(__x86_64__) && defined(_GLIBCXX_RELEASE)
  return sizeof(Struct) == size;
#else
  return size > 0;
#endif
}

}  // namespace

TEST_CASE("public interface: the structs have the fields of abi_1, in their order") {
  const auto& [slack, email, hw_monitor, stack, queued, frames, severity, fields, tags] =
      PushOptions{};
  CHECK((!slack && !email && !hw_monitor && stack && !queued && frames.empty()));
  CHECK((severity == Severity::error && fields.empty() && tags.empty()));
  const auto& [name, value] = Field{};
  CHECK((name.empty() && value == FieldValue("")));
  const auto& [logger_database, is_queued, machine_facts] = LoggerOptions{};
  CHECK((logger_database.empty() && !is_queued && machine_facts && machine_facts->empty()));
  const auto& [ok, id, error] = PushResult{};
  CHECK((!ok && id == 0 && error.empty()));
  const auto& [queue_full, too_long, no_queue, rejected, lost] = QueueCounts{};
  CHECK(queue_full + too_long + no_queue + rejected + lost == 0);
  const auto& [database, env_file, release, environment, caught, terminate, chain_first,
               throw_sites, hw, threads, registers, to_slack, to_email, delivery, sync, deadline,
               print, on_crash, scrub] = HandlerOptions{};
  CHECK((database.empty() && env_file.empty() && release.empty() && environment.empty() &&
         caught.size() == 7));
  CHECK((terminate && !chain_first && throw_sites && hw && threads && registers && !to_slack));
  CHECK((!to_email && delivery == Delivery::helper && sync && deadline.count() == 250 && print));
  CHECK((on_crash == nullptr && scrub == ScrubRules{}));
  const auto& [keys, patterns] = ScrubRules{};
  CHECK((keys.empty() && patterns.empty()));
  const auto& [recording, used, recovered, captured, missing] = InstallReport{};
  CHECK((!recording && used.empty() && recovered == 0 && captured.empty() && missing.empty()));
  const auto& [what, why] = InstallReport::Missing{};
  CHECK((what.empty() && why.empty()));
  const auto& [sent, reply, refusal] = NotifyResult{};
  CHECK((!sent && reply.empty() && refusal.empty()));
  const Event made{"m"};
  const auto& [message, process_id, date] = made;
  CHECK((message == "m" && process_id == current_process_id() && date <= now()));
}

TEST_CASE("public interface: the structs have the sizes of abi_1") {
  CHECK(has_size<PushOptions>(80));
  CHECK(has_size<Field>(72));
  CHECK(has_size<LoggerOptions>(96));
  CHECK(has_size<PushResult>(48));
  CHECK(has_size<QueueCounts>(40));
  CHECK(has_size<HandlerOptions>(256));
  CHECK(has_size<ScrubRules>(48));
  CHECK(has_size<InstallReport>(104));
  CHECK(has_size<NotifyResult>(72));
  CHECK(has_size<Event>(48));
  for (const std::size_t size : {sizeof(EventLogger), sizeof(Monitor), sizeof(SlackNotifier)}) {
    CHECK(size == sizeof(void*));
  }
}

TEST_CASE("public interface: a logger's database or options may be left empty, in every spelling") {
  const std::filesystem::path path{"a.db"};
  const EventLogger loggers[] = {EventLogger{"t"},
                                 EventLogger{"t", {}},
                                 EventLogger{"t", LoggerOptions{}},
                                 EventLogger{"t", {.queued = true}},
                                 EventLogger{"t", "a.db"},
                                 EventLogger{"t", path},
                                 EventLogger{"t", std::string{"a.db"}},
                                 EventLogger{"t", path / "b.db"},
                                 EventLogger{"t", {.database = path}},
                                 EventLogger("t", {})};
  CHECK(std::size(loggers) == 10);
  STATIC_REQUIRE(std::is_nothrow_constructible_v<EventLogger, const char*, LoggerOptions>);
  STATIC_REQUIRE(!std::is_convertible_v<const char*, EventLogger>);
}
