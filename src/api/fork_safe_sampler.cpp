// One Sampler per process, made at the first look.
#include "src/api/fork_safe_sampler.hpp"

#include <unistd.h>

#include <memory>

namespace dblog {

struct ForkSafeSampler::OfProcess {
  int process_id;
  OfProcess* of_parent;  // never touched: its lock may be held for ever
  Sampler sampler;
};

ForkSafeSampler::~ForkSafeSampler() {
  OfProcess* current = current_.load();
  if (current != nullptr && current->process_id == ::getpid()) delete current;
}

Result<crash::HardwareSample> ForkSafeSampler::look(int process_id) {
  return of_this_process().look(process_id);
}

Sampler& ForkSafeSampler::of_this_process() {
  OfProcess* current = current_.load();
  if (current != nullptr && current->process_id == ::getpid()) return current->sampler;
  auto mine = std::unique_ptr<OfProcess>(new OfProcess{::getpid(), current, {}});
  if (current_.compare_exchange_strong(current, mine.get())) return mine.release()->sampler;
  return current->sampler;
}

}  // namespace dblog
