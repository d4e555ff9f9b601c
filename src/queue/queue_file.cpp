#include "src/queue/queue_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "src/base/prefault.hpp"
#include "src/process/own_uuid.hpp"
#include "src/process/process_file.hpp"

namespace dblog::queue {
namespace {

namespace fs = std::filesystem;

// Those whose locks this process holds.
std::array<process::ProcessFile, kMaxFiles> process_files;

void identify(QueueIdentity& identity, const base::Uuid& uuid, std::uint32_t slot_count) noexcept {
  identity.magic = QueueIdentity::kMagic;
  identity.layout = QueueIdentity::kLayout;
  identity.slot_count = slot_count;
  identity.uuid = uuid;
  identity.process = process::identity_of(::getpid());
  // Cut off it could not be compared; as it is, the process is taken for dead once its lock is.
  const ssize_t length =
      ::readlink("/proc/self/exe", identity.executable, sizeof identity.executable - 1);
  identity.executable[std::max<ssize_t>(length, 0)] = '\0';
  identity.checksum = checksum_of(identity);
}

fs::path path_with(const fs::path& database, std::string_view infix, const std::string& uuid) {
  return fs::path(database) += std::string(infix) + std::to_string(::getpid()) + '-' + uuid;
}

process::ProcessFile* claim_file() noexcept {
  for (process::ProcessFile& file : process_files) {
    if (file.claim()) return &file;
  }
  return nullptr;
}

}  // namespace

base::Result<QueueFile> QueueFile::make(const fs::path& database, std::uint32_t slot_count) {
  const base::Uuid uuid = base::make_uuid();
  const std::string uuid_text = base::text_of(uuid).text;
  const fs::path temporary = path_with(database, kNewQueueInfix, uuid_text);
  const fs::path path = path_with(database, kQueueInfix, uuid_text);
  const auto failure = [&path](int error) {
    return base::Error{
        error == ENOSPC || error == EDQUOT ? base::ErrorCode::disk_full : base::ErrorCode::io,
        path.native(), "cannot be made: " + std::generic_category().message(error)};
  };
  process::ProcessFile* const file = claim_file();
  if (file == nullptr) return failure(EMFILE);
  const std::size_t size = file_size(slot_count);
  const int error = file->make(temporary.c_str(), path.c_str(), size, process::Blocks::written,
                               nullptr, [&](void* memory) {
                                 // Now, and not by a page fault in each 32nd push.
                                 base::prefault(memory, size);
                                 auto& head = *static_cast<QueueHead*>(memory);
                                 identify(head.identity, uuid, slot_count);
                                 head.process_uuid = process::own_uuid();
                               });
  if (error == 0) return QueueFile(*file, size, path, uuid_text);
  if (file->memory() != nullptr) ::munmap(file->memory(), size);
  return failure(error);
}

Slot* QueueFile::slots() const noexcept {
  return reinterpret_cast<Slot*>(reinterpret_cast<char*>(head_) + kSlotsAt);
}

void QueueFile::guard(process::Mend mend, void* owner) noexcept {
  process::guard_mapping(head_, size_, mend, owner);
}

bool QueueFile::remove() noexcept { return file_->remove(path_.c_str()); }

void leave_queue_files_to_parent() noexcept {
  for (process::ProcessFile& file : process_files) file.leave_to_parent();
}

}  // namespace dblog::queue
