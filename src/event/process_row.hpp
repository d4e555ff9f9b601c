// What is recorded of this process: who it is, what it was started as, and where.
// Used by install_handlers() and by the stores. Must never hold settings or arguments' values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/store/rows.hpp"

namespace dblog::event {

/// With the release and the environment as they are known now. About ten small reads at the first
/// call of a process. Threads: any.
[[nodiscard]] store::ProcessRow own_process_row();

/// The number by which rows of this process refer to it.
[[nodiscard]] std::int64_t own_process_id() noexcept;

/// A command line that may be kept, of /proc/PID/cmdline: the program as it was called, and the
/// names of its options. Values may be secrets: each, and each other argument, is "…". At most
/// `kMaxCommandLine` bytes.
inline constexpr std::size_t kMaxCommandLine = 1'000;
[[nodiscard]] std::string command_line_without_values(std::string_view cmdline);

/// PRETTY_NAME of /etc/os-release; empty if it has none.
[[nodiscard]] std::string distribution_of(std::string_view os_release);

}  // namespace dblog::event
