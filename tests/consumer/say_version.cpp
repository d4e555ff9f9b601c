// The least that a consumer does: the header is found, the library links and loads.
#include <dblog/dblog.hpp>
#include <iostream>

int main() {
  const dblog::Event event{"made by a consumer"};
  std::cerr << event << '\n';
  std::cout << dblog::version() << '\n';
}
