// The reader of black boxes on bytes that it cannot trust, and what it makes of evidence.
#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <vector>

#include "src/recovery/box_file.hpp"
#include "src/recovery/death_reason.hpp"

namespace {

using dblog::crash::BlackBox;
using dblog::crash::CrashRecord;
using dblog::crash::RecordState;
using dblog::recovery::BoxContent;
using dblog::recovery::Evidence;
using dblog::recovery::Fate;
using dblog::schema::Cause;

Fate fate_of(const BlackBox::Identity& identity, const Evidence& evidence) {
  return dblog::recovery::fate_of(identity.process, identity.facts.executable, evidence);
}

// A box as the handlers make it, on the heap.
class BoxBytes {
 public:
  BoxBytes() : bytes_(sizeof(BlackBox)) {
    BlackBox::Identity& identity = box().identity;
    std::memcpy(identity.magic, BlackBox::kMagic, sizeof identity.magic);
    identity.layout = BlackBox::kLayout;
    identity.size = sizeof(BlackBox);
    identity.process.id = 4711;
    identity.process.start_ticks = 99;
    std::strcpy(identity.process.boot_id, "this-boot");
    std::strcpy(identity.facts.executable, "/usr/bin/app");
    seal_identity();
  }

  BlackBox& box() { return *reinterpret_cast<BlackBox*>(bytes_.data()); }
  void seal_identity() { box().identity.checksum = dblog::crash::checksum_of(box().identity); }
  void seal_record(RecordState state) {
    box().record_state = state;
    box().record_checksum = dblog::crash::checksum_of(box().record);
  }
  void set_message(std::string_view text) {
    std::memcpy(box().record.message, text.data(), text.size());
    box().record.message_size = static_cast<std::uint32_t>(text.size());
  }
  dblog::base::Result<std::unique_ptr<BoxContent>> read() {
    return dblog::recovery::read_box(bytes_.data(), bytes_.size(), "the box");
  }

 private:
  std::vector<char> bytes_;
};

Evidence evidence_of_a_dead_process() {
  return {.process = {4711, 0, -1, "this-boot"}, .executable = ""};
}

}  // namespace

TEST_CASE("box reader: a whole record comes back as it was written") {
  BoxBytes bytes;
  bytes.set_message("what happened");
  bytes.box().record.frame_count = 1;
  bytes.box().record.frames[0].address = 0x1234;
  bytes.seal_record(RecordState::complete);
  const auto content = bytes.read();
  REQUIRE(content);
  CHECK((*content)->record_state == RecordState::complete);
  CHECK((*content)->record.frames[0].address == 0x1234);
  CHECK(std::string_view{(*content)->record.message} == "what happened");
}

TEST_CASE("box reader: a sealed record with counts out of range is refused") {
  BoxBytes bytes;
  bytes.box().record.frame_count = CrashRecord::kMaxFrames;
  bytes.seal_record(RecordState::complete);
  CHECK(bytes.read());
  bytes.box().record.frame_count = CrashRecord::kMaxFrames + 1;
  CHECK(!bytes.read());
}

TEST_CASE("box reader: a record that was only begun is put in range, not refused") {
  BoxBytes bytes;
  bytes.box().record.utc_microseconds = 1;
  bytes.box().record.frame_count = 0xFFFFFFFF;
  bytes.box().record.register_count = 0xFFFFFFFF;
  bytes.box().record.breadcrumb_count = 0xFFFFFFFF;
  bytes.box().record.thread_count = 0xFFFFFFFF;
  bytes.box().record.threads[0].frame_count = 0xFFFFFFFF;
  bytes.box().record.module_count = 0xFFFFFFFF;
  bytes.box().record.context_size = 0xFFFFFFFF;
  bytes.box().record.message_size = 0xFFFFFFFF;
  bytes.box().record.modules[0].build_id_size = 0xFF;
  bytes.box().record_state = RecordState::begun;
  const auto content = bytes.read();
  REQUIRE(content);
  CHECK((*content)->record.frame_count == CrashRecord::kMaxFrames);
  CHECK((*content)->record.register_count == CrashRecord::kMaxRegisters);
  CHECK((*content)->record.breadcrumb_count == CrashRecord::kMaxBreadcrumbs);
  CHECK((*content)->record.thread_count == CrashRecord::kMaxThreads);
  CHECK((*content)->record.threads[0].frame_count == dblog::crash::ThreadStack::kMaxFrames);
  CHECK((*content)->record.context_size == CrashRecord::kMaxContext);
  CHECK((*content)->record.message_size < CrashRecord::kMaxMessage);
  CHECK((*content)->record.modules[0].build_id_size == dblog::crash::Module::kMaxBuildId);
}

TEST_CASE("box reader: a crash whose UUID was not made yet has that of its process") {
  BoxBytes bytes;
  bytes.box().identity.process_uuid = dblog::base::Uuid{{1, 2, 3}};
  bytes.seal_identity();
  bytes.box().record.utc_microseconds = 1;
  bytes.box().record_state = RecordState::begun;
  const auto begun = bytes.read();
  REQUIRE(begun);
  CHECK((*begun)->record.uuid.bytes[1] == 2);
  bytes.box().record.uuid = dblog::base::Uuid{{4, 5, 6}};
  const auto identified = bytes.read();
  REQUIRE(identified);
  CHECK((*identified)->record.uuid.bytes[1] == 5);
}

TEST_CASE("box reader: a fact outside of the vocabulary becomes NULL") {
  CHECK(word_of(static_cast<dblog::schema::Access>(4)).empty());
  CHECK(word_of(static_cast<Cause>(255)).empty());
  CHECK(word_of(Cause::unmarked) == "unmarked");
}

TEST_CASE("box reader: a process without a crash leaves its breadcrumbs and its last sample") {
  BoxBytes bytes;
  dblog::crash::add_breadcrumb(bytes.box().breadcrumbs, "charging the card");
  bytes.box().last_sample.sample.rss_bytes = 4096;
  bytes.box().last_sample.version = 2;
  bytes.box().last_sample.utc_microseconds = 99;
  const auto content = bytes.read();
  REQUIRE(content);
  REQUIRE((*content)->record.breadcrumb_count == 1);
  CHECK(std::string_view{(*content)->record.breadcrumbs[0].text} == "charging the card");
  CHECK((*content)->record.has_hardware);
  CHECK((*content)->record.hardware.rss_bytes == 4096);
  CHECK((*content)->sampled_utc_microseconds == 99);
}

TEST_CASE("box reader: a process without a crash leaves the values of its context") {
  BoxBytes bytes;
  dblog::crash::publish(bytes.box().context, "fields");
  auto content = bytes.read();
  REQUIRE(content);
  const CrashRecord& record = (*content)->record;
  CHECK(std::string_view{record.context, record.context_size} == "fields");
  bytes.box().context.state = ~std::uint64_t{0};
  content = bytes.read();
  REQUIRE(content);
  CHECK((*content)->record.context_size == dblog::crash::ProcessContext::kBytes);
}

TEST_CASE("box reader: a sample that was being written when the process died is not believed") {
  BoxBytes bytes;
  bytes.box().last_sample.version = 3;
  CHECK_FALSE((*bytes.read())->record.has_hardware);
}

TEST_CASE("box reader: bytes that are not UTF-8 are escaped") {
  BoxBytes bytes;
  bytes.set_message("caf\xE9");
  bytes.seal_record(RecordState::complete);
  const auto content = bytes.read();
  REQUIRE(content);
  CHECK(std::string_view{(*content)->record.message} == "caf\\xE9");
}

TEST_CASE("box reader: the environment may have changed since the identity was sealed") {
  BoxBytes bytes;
  std::strcpy(bytes.box().identity.facts.environment, "later");
  auto box = bytes.read();
  REQUIRE(box);
  CHECK((*box)->identity.facts.environment == std::string_view{"later"});
}

TEST_CASE("box reader: an environment that is bytes without an end is readable text") {
  BoxBytes bytes;
  std::memset(bytes.box().identity.facts.environment, '\xff', 64);
  auto box = bytes.read();
  REQUIRE(box);
  const std::string_view text = (*box)->identity.facts.environment;
  CHECK(text.size() < 64);
  CHECK(text.starts_with("\\xFF"));
}

TEST_CASE("box reader: an identity whose texts do not end is refused") {
  BoxBytes bytes;
  std::memset(bytes.box().identity.facts.host, 'x', sizeof bytes.box().identity.facts.host);
  bytes.seal_identity();
  CHECK(!bytes.read());
}

TEST_CASE("fate: a process with the same id and start time lives") {
  BoxBytes bytes;
  Evidence evidence = evidence_of_a_dead_process();
  evidence.process.start_ticks = 99;
  evidence.executable = "/usr/bin/app";
  CHECK(fate_of(bytes.box().identity, evidence) == Fate::lives);
  evidence.executable = "/usr/bin/other";
  CHECK(fate_of(bytes.box().identity, evidence) == Fate::became_other);
  evidence.process.start_ticks = 100;
  CHECK(fate_of(bytes.box().identity, evidence) == Fate::died);
  evidence.process.start_ticks = 99;
  std::strcpy(evidence.process.boot_id, "another-boot");
  CHECK(fate_of(bytes.box().identity, evidence) == Fate::died);
}

TEST_CASE("death reason: tells a restart of the machine from the out-of-memory killer") {
  BoxBytes bytes;
  bytes.box().identity.oom_kills = 3;
  bytes.box().identity.facts.marks_ends = true;
  bytes.seal_identity();
  const auto content = bytes.read();
  REQUIRE(content);
  Evidence evidence = evidence_of_a_dead_process();
  evidence.oom_kills = 3;
  const auto reason = [&](Cause expected) {
    const Cause cause = cause_of_death(**content, evidence);
    CHECK(cause == expected);
    return death_reason(**content, cause, evidence);
  };
  CHECK_THAT(reason(Cause::unknown), Catch::Contains("cause unknown"));
  evidence.oom_kills = 4;
  CHECK_THAT(reason(Cause::out_of_memory), Catch::Contains("most likely by the out-of-memory"));
  evidence.oom_kills = 3;
  evidence.is_in_kernel_log = true;
  CHECK_THAT(reason(Cause::out_of_memory),
             Catch::StartsWith("killed by the out-of-memory killer, as the kernel's log has it\n"));
  std::strcpy(evidence.process.boot_id, "another-boot");
  CHECK_THAT(reason(Cause::machine_stopped), Catch::Contains("lost power"));
}

TEST_CASE(
    "death reason: without marks of ends, an end counts as a kill if something says so only") {
  BoxBytes bytes;
  bytes.box().identity.oom_kills = 3;
  bytes.seal_identity();
  Evidence evidence = evidence_of_a_dead_process();
  evidence.oom_kills = 3;
  CHECK(cause_of_death(**bytes.read(), evidence) == Cause::unmarked);
  CHECK_THAT(death_reason(**bytes.read(), Cause::unmarked, evidence),
             Catch::StartsWith("ended without a mark"));
  evidence.oom_kills = 4;
  CHECK(cause_of_death(**bytes.read(), evidence) == Cause::out_of_memory);
  evidence.oom_kills = 3;
  std::strcpy(evidence.process.boot_id, "another-boot");
  CHECK(cause_of_death(**bytes.read(), evidence) == Cause::machine_stopped);
  bytes.box().fatal_signal = SIGPIPE;
  CHECK(cause_of_death(**bytes.read(), evidence_of_a_dead_process()) == Cause::signal);
  bytes.box().fatal_signal = 0;
  bytes.box().identity.facts.marks_ends = true;
  bytes.seal_identity();
  CHECK(cause_of_death(**bytes.read(), evidence_of_a_dead_process()) == Cause::unknown);
  bytes.box().has_unmarked_ends = true;
  CHECK(cause_of_death(**bytes.read(), evidence_of_a_dead_process()) == Cause::unmarked);
}
