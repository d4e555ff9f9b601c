// The life of a file that a process has while it lives.
#include "src/process/process_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tests/support/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using dblog::process::Blocks;
using dblog::process::ProcessFile;
using dblog::test::TemporaryDirectory;

constexpr std::size_t kSize = 8'192;

bool is_locked(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  struct flock whole {};
  whole.l_type = F_WRLCK;
  const bool is_free = ::fcntl(descriptor, F_OFD_GETLK, &whole) == 0 && whole.l_type == F_UNLCK;
  ::close(descriptor);
  return !is_free;
}

}  // namespace

TEST_CASE("process file: has its name when it is whole, and its lock until it is closed") {
  const TemporaryDirectory directory;
  const auto path = directory / "whole";
  ProcessFile file;
  REQUIRE(file.claim());
  CHECK_FALSE(file.claim());
  const int error = file.make((directory / "new").c_str(), path.c_str(), kSize, Blocks::written,
                              nullptr, [&](void* memory) {
                                std::strcpy(static_cast<char*>(memory), "content");
                                CHECK_FALSE(std::filesystem::exists(path));
                              });
  REQUIRE(error == 0);
  CHECK_FALSE(std::filesystem::exists(directory / "new"));
  CHECK(std::filesystem::file_size(path) == kSize);
  CHECK(is_locked(path));
  file.close();
  CHECK(std::strcmp(static_cast<const char*>(file.memory()), "content") == 0);
  CHECK(is_locked(path));
  ::munmap(file.memory(), kSize);
  CHECK_FALSE(is_locked(path));
  CHECK(file.claim());
}

TEST_CASE("process file: leaves nothing behind where it cannot be made") {
  const TemporaryDirectory directory;
  ProcessFile file;
  REQUIRE(file.claim());
  const auto nothing = [](void*) {};
  CHECK(file.make((directory / "none/new").c_str(), (directory / "file").c_str(), kSize,
                  Blocks::sparse, nullptr, nothing) == ENOENT);
  CHECK(file.memory() == nullptr);
  REQUIRE(file.claim());
  CHECK(file.make((directory / "new").c_str(), (directory / "none/file").c_str(), kSize,
                  Blocks::sparse, nullptr, nothing) == ENOENT);
  CHECK(std::filesystem::is_empty(directory.path()));
  CHECK(file.claim());
  ::munmap(file.memory(), kSize);
}

TEST_CASE("process file: is mapped where its caller wants it, and is the parent's after a fork") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  void* const place = ::mmap(nullptr, kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ProcessFile file;
  REQUIRE(file.claim());
  REQUIRE(file.make((directory / "new").c_str(), path.c_str(), kSize, Blocks::sparse, place,
                    [](void*) {}) == 0);
  CHECK(file.memory() == place);
  CHECK(dblog::test::exit_status_of([&] {
          file.leave_to_parent();
          const bool is_left = file.memory() == nullptr && is_locked(path);
          return is_left && file.claim() ? 0 : 1;
        }) == 0);
  CHECK(is_locked(path));
  file.close();
  ::munmap(place, kSize);
}

TEST_CASE("process file: a child that lives on does not hold the lock of its dead parent") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  ProcessFile file;
  REQUIRE(file.claim());
  REQUIRE(file.make((directory / "new").c_str(), path.c_str(), kSize, Blocks::sparse, nullptr,
                    [](void*) {}) == 0);
  int left[2];
  int ended[2];
  REQUIRE(::pipe(left) == 0);
  REQUIRE(::pipe(ended) == 0);
  const auto child = [&] {
    char byte = 0;
    file.leave_to_parent();
    ::close(ended[1]);
    const bool is_told = ::write(left[1], "x", 1) == 1;
    return is_told && ::read(ended[0], &byte, 1) == 0 ? 0 : 1;
  };
  dblog::test::ChildProcess<decltype(child)> living(child);
  char byte = 0;
  REQUIRE(::read(left[0], &byte, 1) == 1);
  CHECK(is_locked(path));
  ::munmap(file.memory(), kSize);
  file.close();  // as the kernel does when this process dies
  CHECK_FALSE(is_locked(path));
  ::close(ended[1]);
  CHECK(living.wait() == 0);
  for (const int descriptor : {left[0], left[1], ended[0]}) ::close(descriptor);
}
