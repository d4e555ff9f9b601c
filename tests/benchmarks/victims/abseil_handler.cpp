// Abseil's failure signal handler as its header shows it.
#include <absl/debugging/failure_signal_handler.h>
#include <absl/debugging/symbolize.h>

#include "tests/benchmarks/victims/victim.hpp"

void victim::install(const char* program, const char*) {
  absl::InitializeSymbolizer(program);
  absl::InstallFailureSignalHandler({});
}
