// Hardware snapshots: one after start-up, one after some work; the second has the CPU's share.
#include <dblog/dblog.hpp>
#include <iostream>
#include <vector>

int main() {
  dblog::Monitor monitor;
  monitor.monitor("after start-up");

  std::vector<double> squares;
  for (int i = 0; i < 1'000'000; ++i) squares.push_back(static_cast<double>(i) * i);

  const dblog::PushResult result = monitor.monitor("after the work");
  std::cout << squares.size() << " squares, snapshot " << result.id << ' ' << result.error << '\n';
}
