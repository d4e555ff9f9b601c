// The kernel alone.
#include "tests/benchmarks/victims/victim.hpp"

void victim::install(const char*, const char*) {}
