// Names for recorded addresses: function, file and line, with inlined calls.
//
//   symbols::Symbolizer symbolizer{{}};
//   auto places = symbolizer.places({.path = "/usr/bin/app", .build_id = "…"}, addresses);
//
// Files are read in a worker process, which keeps modules open from call to call, is started when
// it is first needed and ends with the Symbolizer. A file that it dies of, or that takes too long,
// is read once more for its symbol table alone; if that fails too, its frames stay without names.
// Called by name_frames(). Threads: one at a time, and no others while it is called (fork()).
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "src/symbols/place.hpp"
#include "src/symbols/worker.hpp"

namespace dblog::symbols {

struct SymbolizerOptions {
  WorkerOptions worker;

  /// For one address; nearly all of it may go into opening the module. Where debug information
  /// comes from a server ($DEBUGINFOD_URLS), a minute more.
  std::chrono::milliseconds patience{20'000};
};

/// For this module, that file does not fit.
struct ModuleMisfit {
  ModuleKey module;
  Misfit misfit;
};

class Symbolizer {
 public:
  explicit Symbolizer(SymbolizerOptions options) : options_(std::move(options)) {}

  /// One answer for each address, empty where nothing is known. Shorter than `addresses` only if
  /// `deadline` passed or no worker could be started: for the rest nothing was tried.
  std::vector<Places> places(const ModuleKey& module, std::span<const CodeAddress> addresses,
                             Deadline deadline = Deadline::max());

  /// How many workers were lost to bad files so far.
  [[nodiscard]] int lost_workers() const noexcept { return lost_workers_; }

  /// What does not fit modules without debug information, of all calls so far, each once.
  [[nodiscard]] const std::vector<ModuleMisfit>& misfits() const noexcept { return misfits_; }

 private:
  enum class Trust : std::uint8_t { all, symbols_only, nothing };

  Trust& trust_in(const ModuleKey& module);
  bool has_worker();
  void note(const ModuleKey& module, const Misfits& misfits);
  void ask(const ModuleKey& module, Detail detail, std::span<const CodeAddress> addresses,
           Deadline deadline, std::vector<Places>& places);
  [[nodiscard]] Deadline next_deadline(Deadline deadline) const;

  SymbolizerOptions options_;
  std::optional<Worker> worker_;
  int lost_workers_ = 0;
  std::vector<ModuleMisfit> misfits_;
  std::vector<std::pair<ModuleKey, Trust>> distrusted_;
};

}  // namespace dblog::symbols
