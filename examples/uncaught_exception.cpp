// An exception that the program does not catch: its type and what() are in the row, and the process
// dies by SIGABRT, as it would have.
#include <dblog/dblog.hpp>
#include <stdexcept>
#include <thread>

namespace {

void load(int order) {
  if (order < 0) throw std::invalid_argument("order -1 does not exist");
}

}  // namespace

int main() {
  dblog::install_handlers();
  std::thread worker{load, -1};
  worker.join();
}
