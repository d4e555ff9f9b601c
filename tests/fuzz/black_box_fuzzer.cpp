// Bytes that claim to be a black box. The first byte says whether the identity's and the record's
// checksums are to be right, so that what lies behind them is reached too.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "src/recovery/box_file.hpp"

using dblog::crash::BlackBox;
using dblog::crash::CrashRecord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t mode = data[0];
  std::vector<char> bytes(mode % 2 == 0 ? sizeof(BlackBox) : size - 1);
  std::memcpy(bytes.data(), data + 1, std::min(bytes.size(), size - 1));
  if (bytes.size() == sizeof(BlackBox)) {
    auto& box = *reinterpret_cast<BlackBox*>(bytes.data());
    // The input's next bytes go where the counts are: the record's head.
    std::memcpy(static_cast<void*>(&box.record), data + 1,
                std::min(offsetof(CrashRecord, frames), size - 1));
    std::memcpy(box.identity.magic, BlackBox::kMagic, sizeof box.identity.magic);
    box.identity.layout = BlackBox::kLayout;
    box.identity.size = sizeof(BlackBox);
    box.record_state = static_cast<dblog::crash::RecordState>(mode / 2 % 4);
    box.identity.checksum = dblog::crash::checksum_of(box.identity);
    if (box.record.frame_count <= CrashRecord::kMaxFrames &&
        box.record.module_count <= CrashRecord::kMaxModules &&
        box.record.message_size < CrashRecord::kMaxMessage) {
      box.record_checksum = dblog::crash::checksum_of(box.record);
    }
  }
  const auto content = dblog::recovery::read_box(bytes.data(), bytes.size(), "fuzz");
  if (!content) return 0;
  const CrashRecord& record = (*content)->record;
  if (record.frame_count > CrashRecord::kMaxFrames ||
      record.module_count > CrashRecord::kMaxModules ||
      record.message_size >= CrashRecord::kMaxMessage) {
    if ((*content)->record_state != dblog::crash::RecordState::none &&
        (*content)->record_state != dblog::crash::RecordState::committed) {
      std::abort();
    }
  }
  return 0;
}
