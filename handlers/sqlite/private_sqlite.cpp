// The private SQLite's memory: its arena, and its variables' way back to their first state.
// Context: crash time.
#include "handlers/sqlite/private_sqlite.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "handlers/sqlite/guarded_vfs.hpp"
#include "handlers/sqlite/wal_write_buffer.hpp"
#include "src/base/prefault.hpp"

// The linker marks where the sections that hold the copy's writable variables begin and end
// (cmake/make_private_sqlite names them).
#pragma GCC visibility push(hidden)
extern "C" {
extern unsigned char __start_dblog_sqlite_data[];
extern unsigned char __stop_dblog_sqlite_data[];
extern unsigned char __start_dblog_sqlite_bss[];
extern unsigned char __stop_dblog_sqlite_bss[];
}
#pragma GCC visibility pop

namespace dblog::crash {
namespace {

// Blocks from a fixed array, in four sizes between each power of two and the next; a freed block
// goes to the list of its size. SQLite asks for few sizes, so little is wasted, and every operation
// is a few instructions.
class Arena {
 public:
  void clear() noexcept {
    used_ = 0;
    std::memset(free_blocks_, 0, sizeof free_blocks_);
  }

  void* allocate(std::size_t size) noexcept {
    const std::uint32_t kind = kind_for(size);
    if (kind >= kKinds) return nullptr;
    Header* block = free_blocks_[kind];
    if (block != nullptr) {
      std::memcpy(&free_blocks_[kind], block + 1, sizeof(void*));
    } else {
      const std::size_t whole = whole_size(kind);
      if (whole > sizeof bytes_ - used_) return nullptr;
      block = reinterpret_cast<Header*>(bytes_ + used_);
      used_ += whole;
      block->kind = kind;
    }
    return block + 1;
  }

  void release(void* memory) noexcept {
    Header* block = static_cast<Header*>(memory) - 1;
    std::memcpy(memory, &free_blocks_[block->kind], sizeof(void*));
    free_blocks_[block->kind] = block;
  }

  static std::size_t usable_size(const void* memory) noexcept {
    return whole_size((static_cast<const Header*>(memory) - 1)->kind) - sizeof(Header);
  }

  static std::size_t rounded_size(std::size_t size) noexcept {
    return whole_size(kind_for(size)) - sizeof(Header);
  }

  void touch(std::size_t size) noexcept { base::prefault(bytes_, size); }

 private:
  struct alignas(8) Header {  // SQLite asks for no more
    std::uint32_t kind;
  };
  static constexpr std::uint32_t kKinds = 68;  // up to 3.5 MiB

  static std::size_t whole_size(std::uint32_t kind) noexcept {
    return std::size_t{4 + kind % 4} << (3 + kind / 4);  // 32, 40, 48, 56, 64, 80, …
  }

  // The smallest that is large enough.
  static std::uint32_t kind_for(std::size_t size) noexcept {
    const std::size_t last = (size < 24 ? 24 : size) + sizeof(Header) - 1;
    const auto shift = static_cast<std::uint32_t>(std::bit_width(last)) - 3;
    const auto quarter = static_cast<std::uint32_t>(last >> shift) + 1;  // 5 to 8
    return 4 * shift + quarter - 16;
  }

  // About 300 KiB are in use after a crash with 256 frames; untouched pages cost nothing.
  alignas(16) unsigned char bytes_[4 * 1024 * 1024];
  std::size_t used_;
  Header* free_blocks_[kKinds];
};

Arena arena;
GuardedVfs guard;
WalWriteBuffer log;

void* arena_malloc(int size) { return arena.allocate(static_cast<std::size_t>(size)); }
void arena_free(void* memory) {
  if (memory != nullptr) arena.release(memory);
}
int arena_size(void* memory) {
  return memory == nullptr ? 0 : static_cast<int>(Arena::usable_size(memory));
}
void* arena_realloc(void* memory, int size) {
  const auto wanted = static_cast<std::size_t>(size);
  const std::size_t present = Arena::usable_size(memory);
  if (present >= wanted) return memory;
  void* larger = arena.allocate(wanted);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, memory, present);
  arena.release(memory);
  return larger;
}
int arena_roundup(int size) {
  return static_cast<int>(Arena::rounded_size(static_cast<std::size_t>(size)));
}
int arena_init(void*) { return SQLITE_OK; }
void arena_shutdown(void*) {}

constexpr sqlite3_mem_methods kArenaMethods = {arena_malloc,   arena_free,    arena_realloc,
                                               arena_size,     arena_roundup, arena_init,
                                               arena_shutdown, nullptr};

// The copy's initialized variables as the loader left them, kept before SQLite first runs.
unsigned char first_data[32 * 1024];
bool has_first_data = false;

bool restore_first_state() noexcept {
  const auto data_size =
      static_cast<std::size_t>(__stop_dblog_sqlite_data - __start_dblog_sqlite_data);
  const auto bss_size =
      static_cast<std::size_t>(__stop_dblog_sqlite_bss - __start_dblog_sqlite_bss);
  if (data_size > sizeof first_data) return false;
  if (has_first_data) {
    std::memcpy(__start_dblog_sqlite_data, first_data, data_size);
    std::memset(__start_dblog_sqlite_bss, 0, bss_size);
  } else {
    std::memcpy(first_data, __start_dblog_sqlite_data, data_size);
    has_first_data = true;
  }
  forget_private_sqlite_descriptors();
  arena.clear();
  return true;
}

}  // namespace

bool start_private_sqlite(const char* database) noexcept {
  if (!restore_first_state()) return false;
  constexpr std::size_t kLogOfOneCrash = 40 * 1024;  // 9 pages
  constexpr std::size_t kOfOneCrash = 272 * 1024;    // seen: 248 KiB with 8 frames
  arena.touch(kOfOneCrash);
  base::prefault(log.bytes(), kLogOfOneCrash);
  log.learn_from_others();
  return dblog_crash_sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK &&
         dblog_crash_sqlite3_config(SQLITE_CONFIG_MALLOC, &kArenaMethods) == SQLITE_OK &&
         dblog_crash_sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK &&
         dblog_crash_sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) == SQLITE_OK &&
         dblog_crash_sqlite3_initialize() == SQLITE_OK &&
         dblog_crash_sqlite3_vfs_register(
             log.over(*guard.over(*dblog_crash_sqlite3_vfs_find(nullptr), database)), 0) ==
             SQLITE_OK;
}

bool private_sqlite_files_are_replaced() noexcept { return log.are_files_replaced(); }

bool private_sqlite_database_is_empty() noexcept { return log.is_database_empty(); }

bool private_sqlite_database_is_overwritten() noexcept { return log.is_overwritten(); }

void remember_private_sqlite_content() noexcept { log.remember_content(); }

void delete_old_private_sqlite_files() noexcept { log.delete_old_files(); }

const char* private_sqlite_vfs() noexcept { return log.name(); }

}  // namespace dblog::crash
