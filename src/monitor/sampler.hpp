// Samples processes and remembers the last sample of each, so that the next one knows the CPU usage
// in between. Used by dblog::Monitor and by EventLogger's hw_monitor option; writes nothing
// anywhere.
//
//   Sampler sampler;
//   Result<crash::HardwareSample> sample = sampler.sample(::getpid());
//
// Threads: sample() may be called from any thread; no lock is held while /proc is read.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "src/base/hardware_sample.hpp"
#include "src/base/result.hpp"

namespace dblog::monitor {

class Sampler {
 public:
  /// How many processes' last looks are kept; the one looked at longest ago is dropped first.
  static constexpr std::size_t kMaxProcesses = 256;

  Sampler();

  /// A snapshot of a process, with the CPU usage since this object's last look at it: 0.0 at the
  /// first, and for a new process that got the id of an old one. Fields that the kernel does not
  /// tell (another user's process: its I/O counts) are unknown. Fails with
  /// - invalid_argument: an id that no process can have;
  /// - not_found: there is no such process;
  /// - permission: there is one, but /proc hides it from this user;
  /// - io: /proc is not mounted.
  base::Result<base::HardwareSample> sample(int process_id);

 private:
  struct LastLook {
    int process_id;
    base::HardwareSample sample;
  };

  LastLook* find(int process_id);
  void remember(int process_id, const base::HardwareSample& sample);

  const base::HardwareSources sources_;
  std::mutex mutex_;
  std::vector<LastLook> last_looks_;  // guarded by mutex_
};

}  // namespace dblog::monitor
