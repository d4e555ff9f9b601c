#include "src/run/loader_check.hpp"

#include <elf.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <string>

#include "tests/support/temporary_directory.hpp"

using namespace dblog;

namespace {

namespace fs = std::filesystem;

fs::path make_file(const fs::path& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
  ::chmod(path.c_str(), 0755);
  return path;
}

/// An ELF file of one segment, PT_INTERP, unless `loader` is empty.
std::string elf_file(unsigned char bits, Elf64_Half machine, const std::string& loader) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = bits;
  header.e_machine = machine;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = loader.empty() ? 0 : 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_INTERP;
  segment.p_offset = sizeof header + sizeof segment;
  segment.p_filesz = loader.size() + 1;
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  return bytes.append(loader).append(1, '\0');
}

Elf64_Half own_machine() {
  Elf64_Ehdr header{};
  std::ifstream{"/proc/self/exe", std::ios::binary}.read(reinterpret_cast<char*>(&header),
                                                         sizeof header);
  return header.e_machine;
}

}  // namespace

TEST_CASE(
    "loader check: a program of this C library can be given a library, and so can its script") {
  const run::ProgramFile self = run::look_at_program("/proc/self/exe");
  CHECK(self.refusal.empty());
  CHECK(self.loader.filename().native().starts_with("ld-linux"));

  const test::TemporaryDirectory directory;
  const auto inner = make_file(directory / "inner", "#! /proc/self/exe -x\n");
  const auto script = make_file(directory / "script", "#!" + inner.string() + "\nrest");
  const run::ProgramFile of_script = run::look_at_program(script);
  CHECK(of_script.refusal.empty());
  CHECK(of_script.file == "/proc/self/exe");
}

TEST_CASE("loader check: others are refused, with the reason") {
  const test::TemporaryDirectory directory;
  const auto refusal_of = [&](const std::string& bytes) {
    return run::look_at_program(make_file(directory / "program", bytes)).refusal;
  };
  const std::string loader = "/lib64/ld-linux-x86-64.so.2";
  CHECK(refusal_of(elf_file(ELFCLASS64, own_machine(), loader)).empty());
  CHECK(refusal_of(elf_file(ELFCLASS64, own_machine(), "")) == "it is linked statically");
  CHECK(refusal_of(elf_file(ELFCLASS32, EM_386, loader)) ==
        "it is a program of another kind of processor");
  CHECK(refusal_of(elf_file(ELFCLASS64, EM_RISCV, loader)) ==
        "it is a program of another kind of processor");
  CHECK(refusal_of(elf_file(ELFCLASS64, own_machine(), "/lib/ld-musl-x86_64.so.1")) ==
        "its loader is /lib/ld-musl-x86_64.so.1, not the GNU C library's");
  CHECK_THAT(refusal_of("text"), Catch::Contains("is no ELF file and names no interpreter"));
  CHECK_THAT(refusal_of("#!"), Catch::Contains("is no ELF file"));
  CHECK_THAT(refusal_of("#!/absent/interpreter\n"), Catch::Contains("cannot be read"));
  const std::string itself = (directory / "program").string();
  CHECK_THAT(refusal_of("#!" + itself + "\n"), Catch::Contains("is no ELF file"));

  const auto more = make_file(directory / "more", elf_file(ELFCLASS64, own_machine(), loader));
  ::chmod(more.c_str(), 04755);
  CHECK(run::look_at_program(more).refusal == "it runs with more rights than its caller");
}

TEST_CASE("loader check: a loader that complains is believed") {
  const run::ProgramFile self = run::look_at_program("/proc/self/exe");
  const run::ProgramFile program{std::filesystem::canonical("/proc/self/exe"), self.loader, {}};
  std::string names;
  CHECK(run::refusal_of_loader(program, {"PATH=/bin"}, names).empty());
  CHECK_THAT(names, Catch::Contains("libc.so.6"));
  CHECK_THAT(run::refusal_of_loader(program, {"LD_PRELOAD=/absent/library.so"}, names),
             Catch::Contains("/absent/library.so"));
}
