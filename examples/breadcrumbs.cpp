// Breadcrumbs and context: what the program was about before it died, in every thread, for the cost
// of some tens of nanoseconds each.
#include <dblog/dblog.hpp>

#include <stdexcept>
#include <string>

namespace {

void charge(int order) {
  const dblog::Context scope{{"order", order}, {"currency", "EUR"}};
  dblog::breadcrumb("order " + std::to_string(order) + ": charging the card");
  if (order == 3) throw std::runtime_error("the bank said nothing");
}

}  // namespace

int main() {
  dblog::install_handlers();
  dblog::breadcrumb("started");
  for (int order = 1; order <= 3; ++order) charge(order);
}
