// setuid(), setgid() and their kin: a child after fork() that gives its privileges up (a web
// server's worker) may not open the parent's database afterwards. It opens it just before. Only in
// the shared library: a program that is linked with -static has no other way to the C library's own
// function, which changes every thread. Context: setup.
#pragma once

#include <atomic>
#include <cstdint>

namespace dblog::crash {

/// Called before each change, with how long it may wait for other programs' locks; null: no call.
inline constinit std::atomic<void (*)(std::int64_t wait_ns) noexcept> before_privileges_change{
    nullptr};

}  // namespace dblog::crash
