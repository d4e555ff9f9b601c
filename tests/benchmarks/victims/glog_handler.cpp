// glog's failure signal handler as its page shows it.
#include <glog/logging.h>

#include "tests/benchmarks/victims/victim.hpp"

void victim::install(const char* program, const char*) {
  google::InitGoogleLogging(program);
  google::InstallFailureSignalHandler();
}
