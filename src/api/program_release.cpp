#include "src/api/program_release.hpp"

#include <atomic>
#include <memory>

namespace dblog {
namespace {

// Never freed: a thread may push while the process exits.
std::atomic<const std::string*> current{nullptr};

}  // namespace

void set_program_release(const std::string& release) {
  auto mine = std::make_unique<const std::string>(release);
  const std::string* none = nullptr;
  // Handlers are installed once; what was told then stays.
  if (current.compare_exchange_strong(none, mine.get())) (void)mine.release();
}

std::string program_release() {
  const std::string* known = current.load();
  return known == nullptr ? std::string{} : *known;
}

}  // namespace dblog
