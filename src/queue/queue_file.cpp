#include "src/queue/queue_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "src/base/open_file_place.hpp"
#include "src/base/trusted_file.hpp"

namespace dblog::queue {
namespace {

namespace fs = std::filesystem;

// Those whose locks this process holds.
struct Kept {
  std::atomic<int> descriptor{-1};
  std::atomic<dev_t> device{0};
  std::atomic<ino_t> inode{0};
  std::atomic<const void*> mapping{nullptr};
};
std::array<Kept, kMaxFiles> kept_files;

bool keep(int descriptor, const void* mapping) noexcept {
  const base::OpenedFile file = base::opened_file(descriptor);
  for (Kept& kept : kept_files) {
    int none = -1;
    if (!kept.descriptor.compare_exchange_strong(none, descriptor)) continue;
    kept.device.store(file.device);
    kept.inode.store(file.inode);
    kept.mapping.store(mapping);
    return true;
  }
  errno = EMFILE;
  return false;
}

bool lock(int descriptor) noexcept {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(descriptor, F_OFD_SETLK, &whole) == 0;
}

// File systems without fallocate() are written to.
bool allocate(int descriptor, std::size_t size) noexcept {
  if (::fallocate(descriptor, 0, 0, static_cast<off_t>(size)) == 0) return true;
  if (errno != EOPNOTSUPP && errno != ENOSYS) return false;
  static constexpr std::array<char, 65'536> kZeros{};
  for (std::size_t at = 0; at < size;) {
    const ssize_t written = ::pwrite(descriptor, kZeros.data(), std::min(kZeros.size(), size - at),
                                     static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += static_cast<std::size_t>(written);
  }
  return true;
}

// Now, and not by a page fault in each 32nd push.
void make_pages_present(char* memory, std::size_t size) noexcept {
  constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, Linux 5.14
  constexpr std::size_t kPage = 4'096;
  if (::madvise(memory, size, kPopulateWrite) == 0) return;
  for (std::size_t at = 0; at < size; at += kPage) *static_cast<volatile char*>(memory + at) = 0;
}

QueueHead* map(int descriptor, std::size_t size) noexcept {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) return nullptr;
  ::madvise(memory, size, MADV_DONTFORK);
  make_pages_present(static_cast<char*>(memory), size);
  return static_cast<QueueHead*>(memory);
}

void identify(QueueIdentity& identity, const crash::Uuid& uuid, std::uint32_t slot_count) noexcept {
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

// 0, or errno.
int fill(int descriptor, const crash::Uuid& uuid, std::uint32_t slot_count, QueueHead*& head) {
  const std::size_t size = file_size(slot_count);
  if (!lock(descriptor) || !allocate(descriptor, size)) return errno;
  head = map(descriptor, size);
  if (head == nullptr) return errno;
  identify(head->identity, uuid, slot_count);
  return 0;
}

}  // namespace

Result<QueueFile> QueueFile::make(const fs::path& database, std::uint32_t slot_count) {
  const crash::Uuid uuid = crash::make_uuid();
  const std::string uuid_text = crash::text_of(uuid).text;
  const fs::path passing = path_with(database, kNewQueueInfix, uuid_text);
  const fs::path path = path_with(database, kQueueInfix, uuid_text);
  const auto failure = [&path](int error) {
    return Error{error == ENOSPC || error == EDQUOT ? ErrorCode::disk_full : ErrorCode::io,
                 path.native(), "cannot be made: " + std::generic_category().message(error)};
  };
  const int descriptor = base::make_new(passing.c_str());
  if (descriptor < 0) return failure(errno);
  QueueHead* head = nullptr;
  int error = fill(descriptor, uuid, slot_count, head);
  if (error == 0 && !keep(descriptor, head)) error = errno;
  if (error == 0 && ::rename(passing.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return QueueFile(head, file_size(slot_count), path, uuid_text);
  if (head != nullptr) ::munmap(head, file_size(slot_count));
  ::unlink(passing.c_str());
  for (Kept& kept : kept_files) {
    int ours = descriptor;
    kept.descriptor.compare_exchange_strong(ours, -1);
  }
  ::close(descriptor);
  return failure(error);
}

Slot* QueueFile::slots() const noexcept {
  return reinterpret_cast<Slot*>(reinterpret_cast<char*>(head_) + kSlotsAt);
}

void QueueFile::guard(crash::Mend mend, void* owner) noexcept {
  crash::guard_mapping(head_, size_, mend, owner);
}

bool QueueFile::remove() noexcept { return ::unlink(path_.c_str()) == 0 || errno == ENOENT; }

void leave_queue_files_to_parent() noexcept {
  for (Kept& kept : kept_files) {
    crash::unguard_mapping(kept.mapping.exchange(nullptr));
    base::close_if_still_open({kept.descriptor.exchange(-1), kept.device, kept.inode});
  }
}

}  // namespace dblog::queue
