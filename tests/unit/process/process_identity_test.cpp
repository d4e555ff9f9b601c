// Processes that have, or had, the same id.
#include "src/process/process_identity.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

using namespace dblog::process;

TEST_CASE("process identity: this process is the same each time, and no other") {
  const ProcessIdentity self = identity_of(::getpid());
  CHECK(self.start_ticks > 0);
  CHECK(std::string{self.boot_id}.size() == 36);
  CHECK(is_same_process(self, identity_of(::getpid())));
  CHECK_FALSE(is_same_process(self, identity_of(::getppid())));
}

TEST_CASE("process identity: an id that no process has is nobody's, even to itself") {
  constexpr int kMoreThanAnyKernelGives = 4'194'305;
  const ProcessIdentity none = identity_of(kMoreThanAnyKernelGives);
  CHECK(none.start_ticks == -1);
  CHECK_FALSE(is_same_process(none, none));
}

TEST_CASE("process identity: another start or another boot is another process") {
  const ProcessIdentity self = identity_of(::getpid());
  ProcessIdentity later = self;
  later.start_ticks += 1;
  CHECK_FALSE(is_same_process(self, later));
  CHECK(is_same_boot(self, later));
  ProcessIdentity restarted = self;
  std::strcpy(restarted.boot_id, "another-boot");
  CHECK_FALSE(is_same_process(self, restarted));
  CHECK_FALSE(is_same_boot(self, restarted));
}

// The files of programs that are built from other versions are read by these places.
TEST_CASE("process identity: its layout is that of the files") {
  CHECK(offsetof(ProcessIdentity, start_ticks) == 8);
  CHECK(offsetof(ProcessIdentity, boot_id) == 16);
  CHECK(sizeof(ProcessIdentity) == 56);
}
