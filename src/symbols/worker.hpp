// The process that reads ELF and DWARF. Bad files make libdw fault or loop; then this process
// ends, and the tool goes on. Used by Symbolizer only.
//
// Forked without exec(), so the program must have no other threads when it starts one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "src/symbols/module_search.hpp"
#include "src/symbols/wire.hpp"

namespace dblog::symbols {

struct WorkerOptions {
  SearchPlaces search;  ///< Of the user; the usual directories come after them.
  std::size_t open_modules = 24;
  std::uint64_t memory_limit = std::uint64_t{4} << 30U;  ///< Bytes, files that are mapped included.
};

class Worker {
 public:
  /// Nothing if no process can be had.
  static std::optional<Worker> start(const WorkerOptions& options);

  Worker(Worker&& other) noexcept;
  Worker& operator=(Worker&&) = delete;
  /// Ends the process.
  ~Worker();

  bool send(const Request& request);

  /// The first answer to a request; nothing as below.
  std::optional<Misfits> receive_misfits(Deadline deadline);

  /// Nothing if the worker died, does not answer in time or answers nonsense: it is of no more use.
  std::optional<Answer> receive(Deadline deadline);

 private:
  Worker(pid_t process, int socket) noexcept : process_(process), socket_(socket) {}

  pid_t process_;
  int socket_;
};

}  // namespace dblog::symbols
