// A Sampler that a forked child can use, whatever the other threads of its parent were doing.
// Used by EventLogger and Monitor.
#pragma once

#include <atomic>

#include "src/monitor/sampler.hpp"

namespace dblog {

class ForkSafeSampler {
 public:
  ForkSafeSampler() = default;
  ~ForkSafeSampler();
  ForkSafeSampler(const ForkSafeSampler&) = delete;
  ForkSafeSampler& operator=(const ForkSafeSampler&) = delete;

  /// As Sampler::look(). A child starts without earlier looks.
  Result<crash::HardwareSample> look(int process_id);

 private:
  struct OfProcess;
  Sampler& of_this_process();

  std::atomic<OfProcess*> current_{nullptr};
};

}  // namespace dblog
