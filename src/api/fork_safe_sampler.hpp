// A Sampler that a forked child can use, whatever the other threads of its parent were doing.
// Used by EventLogger and Monitor.
#pragma once

#include <memory>

#include "src/monitor/sampler.hpp"
#include "src/process/per_process.hpp"

namespace dblog {

class ForkSafeSampler {
 public:
  ForkSafeSampler() = default;
  ~ForkSafeSampler() { samplers_.remove(); }
  ForkSafeSampler(const ForkSafeSampler&) = delete;
  ForkSafeSampler& operator=(const ForkSafeSampler&) = delete;

  /// As Sampler::look(). A child starts without earlier looks.
  Result<crash::HardwareSample> look(int process_id) {
    return samplers_.get_or_make([](Sampler*) { return std::make_unique<Sampler>(); })
        .look(process_id);
  }

 private:
  process::PerProcess<Sampler> samplers_;
};

}  // namespace dblog
