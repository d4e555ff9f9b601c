// Which loaded file an address lies in, and that file's build id.
// Context: crash time. Asks the loader through _dl_find_object (glibc 2.35), which takes no lock.
#pragma once

#include <cstdint>

#include "handlers/record/crash_record.hpp"

namespace dblog::crash {

/// The path that stands for the main program, whose name the loader does not keep, as
/// TextBuffer::path() writes it. Must stay valid. Context: setup.
void set_program_path(const char* path) noexcept;

/// Which of `record.modules` the file is that `address` lies in, counted from 1, added if new; 0
/// for addresses outside every file (JIT code, null) or when the record is full.
std::uint16_t find_module(CrashRecord& record, std::uint64_t address) noexcept;

/// The addresses that a loaded file takes up.
struct ModuleRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// The same by itself: fills both for the file that `address` lies in, or returns false. The main
/// program's path is empty before set_program_path().
bool describe_module(std::uint64_t address, Module& module, ModuleRange& range) noexcept;

}  // namespace dblog::crash
