// The physical limit: a handler that writes one record of 4 KiB into a file that is open already.
// Option: "sync" waits for the disk.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "tests/benchmarks/victims/victim.hpp"

namespace {

char record[4096];
int file = -1;
bool is_synced = false;

void on_fault(int) {
  if (::pwrite(file, record, sizeof record, 0) != sizeof record) ::_exit(2);
  if (is_synced && ::fdatasync(file) != 0) ::_exit(3);
  victim::stamps->recorded = victim::now();
  ::signal(SIGSEGV, SIG_DFL);  // the fault comes again
}

}  // namespace

void victim::install(const char*, const char* option) {
  is_synced = std::strcmp(option, "sync") == 0;
  std::memset(record, 'r', sizeof record);
  file = ::open("record", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ::signal(SIGSEGV, on_fault);
}
