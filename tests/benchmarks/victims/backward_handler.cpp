// backward-cpp's signal handling as its page shows it, with libdw for names and lines.
#define BACKWARD_HAS_DW 1
#include <backward.hpp>

#include "tests/benchmarks/victims/victim.hpp"

void victim::install(const char*, const char*) { static const backward::SignalHandling handling; }
