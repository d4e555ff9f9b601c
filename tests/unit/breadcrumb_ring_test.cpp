#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dblog/breadcrumb.hpp"
#include "handlers/record/breadcrumb_ring.hpp"

namespace {

using dblog::crash::add_breadcrumb;
using dblog::crash::Breadcrumb;
using dblog::crash::BreadcrumbRing;
using dblog::crash::CrashRecord;

std::vector<std::string> texts(const BreadcrumbRing& ring) {
  const auto record = std::make_unique<CrashRecord>();
  read_breadcrumbs(ring, *record);
  std::vector<std::string> found;
  for (std::uint32_t i = 0; i < record->breadcrumb_count; ++i) {
    found.emplace_back(record->breadcrumbs[i].text);
  }
  return found;
}

}  // namespace

TEST_CASE("breadcrumb ring: an empty one has nothing to read") {
  CHECK(texts(BreadcrumbRing{}).empty());
}

TEST_CASE("breadcrumb ring: texts of every length up to the longest come back as they were") {
  for (std::size_t size = 0; size <= Breadcrumb::kMaxText; ++size) {
    BreadcrumbRing ring{};
    add_breadcrumb(ring, std::string(size, 'x'));
    CHECK(texts(ring) == std::vector<std::string>{std::string(size, 'x')});
  }
}

TEST_CASE("breadcrumb ring: a longer text is cut before a character, not inside of it") {
  BreadcrumbRing ring{};
  add_breadcrumb(ring, std::string(Breadcrumb::kMaxText - 1, 'x') + "\xC3\xA9" + "end");
  CHECK(texts(ring) == std::vector<std::string>{std::string(Breadcrumb::kMaxText - 1, 'x')});
}

TEST_CASE("breadcrumb ring: a NUL and bytes that are not UTF-8 come back readable") {
  BreadcrumbRing ring{};
  add_breadcrumb(ring, "caf\xE9");
  CHECK(texts(ring) == std::vector<std::string>{"caf\\xE9"});
}

TEST_CASE("breadcrumb ring: the last ones stay, numbered from the first") {
  BreadcrumbRing ring{};
  for (int i = 1; i <= 1000; ++i) add_breadcrumb(ring, std::to_string(i));
  const auto record = std::make_unique<CrashRecord>();
  read_breadcrumbs(ring, *record);
  REQUIRE(record->breadcrumb_count == BreadcrumbRing::kSlots);
  CHECK(std::string{record->breadcrumbs[0].text} == std::to_string(1001 - BreadcrumbRing::kSlots));
  CHECK(record->breadcrumbs[0].number == 1001 - BreadcrumbRing::kSlots);
  CHECK(record->breadcrumbs[BreadcrumbRing::kSlots - 1].number == 1000);
  CHECK(record->breadcrumbs[0].thread_id == ::gettid());
}

TEST_CASE("breadcrumb ring: many writers never mix their texts") {
  BreadcrumbRing ring{};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&ring, writer] {
      const std::string text(100, static_cast<char>('a' + writer));
      for (int i = 0; i < 20'000; ++i) add_breadcrumb(ring, text);
    });
  }
  for (int look = 0; look < 200; ++look) {
    for (const std::string& text : texts(ring)) {
      REQUIRE(text == std::string(100, text.front()));
    }
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(texts(ring).size() > BreadcrumbRing::kSlots / 2);
}

TEST_CASE("breadcrumb ring: bytes from a broken file are read without harm") {
  const auto ring = std::make_unique<BreadcrumbRing>();
  ring->next_ticket = 0xFFFFFFFFFFFFFFFF;
  for (BreadcrumbRing::Slot& slot : ring->slots) {
    slot.stamp = 0xFFFFFFFFFFFFFFFE;
    slot.thread_and_size = 0xFFFFFFFFFFFFFFFF;
    for (auto& word : slot.text) word = 0xFFFFFFFFFFFFFFFF;
  }
  const auto record = std::make_unique<CrashRecord>();
  read_breadcrumbs(*ring, *record);
  CHECK(record->breadcrumb_count <= CrashRecord::kMaxBreadcrumbs);
}
