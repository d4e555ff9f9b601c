// Opens the files that the symbolizer reads: modules, and what they name in turn (debug files,
// supplementary and split ones). Whose they are does not matter: programs belong to many users, and
// what is read are names, which go into a database of the reader's own (the owner rule). What they
// are does matter: a FIFO would hold up the reader, opening a device can do things, and a file
// without end would be read without end.
#pragma once

#include <sys/stat.h>

#include <cstdint>

namespace dblog::symbols {

/// Larger ones are not opened. The largest debug files of today have some 5 GB.
inline constexpr std::int64_t kMaxModuleFile = std::int64_t{16} << 30U;

/// Opens `path` for reading if, after all links, a regular file is there that is neither empty (as
/// those of /proc say of themselves) nor too large. What is no such file is never opened. -1 with
/// errno; EACCES for what is refused.
int open_regular_file(const char* path, struct stat& status) noexcept;

/// From here on open(2) does the same for libdw and libdebuginfod, which open by themselves what
/// files name, for every call that only reads. For the worker, and for as long as it lives.
void guard_libraries_opens() noexcept;

}  // namespace dblog::symbols
