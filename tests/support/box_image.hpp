// A black box as a process that is gone would leave it, in memory.
#pragma once

#include <sys/types.h>

#include <cstring>
#include <string_view>
#include <vector>

#include "handlers/record/black_box.hpp"

namespace dblog::test {

class BoxImage {
 public:
  static constexpr pid_t kProcessId = 4'194'305;  ///< more than any kernel gives

  BoxImage()
      : words_((sizeof(crash::BlackBox) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t)) {
    crash::BlackBox::Identity& identity = box().identity;
    std::memcpy(identity.magic, crash::BlackBox::kMagic, sizeof identity.magic);
    identity.layout = crash::BlackBox::kLayout;
    identity.size = sizeof(crash::BlackBox);
    identity.process.id = kProcessId;
    identity.process.start_ticks = 99;
    std::strcpy(identity.process.boot_id, "another-boot");
    std::strcpy(identity.facts.executable, "/usr/bin/app");
    seal_identity();
  }

  crash::BlackBox& box() { return *reinterpret_cast<crash::BlackBox*>(words_.data()); }
  char* bytes() { return reinterpret_cast<char*>(words_.data()); }
  [[nodiscard]] static constexpr std::size_t size() { return sizeof(crash::BlackBox); }
  std::string_view view() { return {bytes(), size()}; }

  void seal_identity() { box().identity.checksum = crash::checksum_of(box().identity); }

  /// Of a record whose counts are in range.
  void seal_record() { box().record_checksum = crash::checksum_of(box().record); }

  [[nodiscard]] bool has_counts_in_range() {
    using Record = crash::CrashRecord;
    const Record& record = box().record;
    return record.frame_count <= Record::kMaxFrames && record.module_count <= Record::kMaxModules &&
           record.register_count <= Record::kMaxRegisters &&
           record.breadcrumb_count <= Record::kMaxBreadcrumbs &&
           record.thread_count <= Record::kMaxThreads &&
           record.context_size <= Record::kMaxContext && record.message_size <= Record::kMaxMessage;
  }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace dblog::test
