#include "src/run/loader_check.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>
#include <system_error>

#include "src/base/descriptor.hpp"
#include "src/run/inherited_signals.hpp"

namespace dblog::run {
namespace {

namespace fs = std::filesystem;

// A script's interpreter may be a script, but Linux goes no deeper (exec.c, bprm->recursion).
constexpr int kMostScripts = 5;

std::string read_at(int descriptor, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const ssize_t got = ::pread(descriptor, bytes.data(), size, static_cast<off_t>(offset));
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

template <typename T>
std::optional<T> value_at(int descriptor, std::uint64_t offset) {
  const std::string bytes = read_at(descriptor, offset, sizeof(T));
  T value;
  if (bytes.size() != sizeof value) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// "#!/usr/bin/env python3": env.
fs::path interpreter_of(const std::string& head) {
  const std::size_t end = head.find('\n');
  if (!head.starts_with("#!") || end == std::string::npos) return {};
  const std::size_t begin = head.find_first_not_of(" \t", 2);
  if (begin >= end) return {};
  return head.substr(begin, head.find_first_of(" \t\n", begin) - begin);
}

Elf64_Half own_machine() {
  static const Elf64_Half machine = [] {
    const base::Descriptor self{::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
    const auto header = value_at<Elf64_Ehdr>(self.number(), 0);
    return header ? header->e_machine : Elf64_Half{EM_NONE};
  }();
  return machine;
}

// The kernel then runs it in secure-execution mode, in which the loader takes no library that the
// caller names (ld.so(8)).
bool has_more_rights(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return false;
  return (status.st_mode & (S_ISUID | S_ISGID)) != 0 ||
         ::fgetxattr(descriptor, "security.capability", nullptr, 0) > 0;
}

void read_elf(int descriptor, const Elf64_Ehdr& header, ProgramFile& program) {
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != own_machine()) {
    program.refusal = "it is a program of another kind of processor";
    return;
  }
  for (Elf64_Half i = 0; i < header.e_phnum; ++i) {
    const auto segment =
        value_at<Elf64_Phdr>(descriptor, header.e_phoff + std::uint64_t{i} * header.e_phentsize);
    if (!segment || segment->p_type != PT_INTERP || segment->p_filesz > PATH_MAX) continue;
    const std::string path = read_at(descriptor, segment->p_offset, segment->p_filesz);
    program.loader = path.c_str();  // without its NUL
  }
  if (program.loader.empty()) {
    program.refusal = "it is linked statically";
  } else if (!program.loader.filename().native().starts_with("ld-linux")) {
    program.refusal = "its loader is " + program.loader.string() + ", not the GNU C library's";
  } else if (has_more_rights(descriptor)) {
    program.refusal = "it runs with more rights than its caller";
  }
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4'096> bytes;
  while (true) {
    const ssize_t size = ::read(descriptor, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

ProgramFile look_at_program(const fs::path& path) {
  ProgramFile program{path, {}, {}};
  for (int scripts = 0; scripts <= kMostScripts; ++scripts) {
    const base::Descriptor file{::open(program.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!file.is_open()) {
      program.refusal = program.file.string() + " cannot be read";
      return program;
    }
    const auto header = value_at<Elf64_Ehdr>(file.number(), 0);
    if (header && std::memcmp(header->e_ident, ELFMAG, SELFMAG) == 0) {
      read_elf(file.number(), *header, program);
      return program;
    }
    const fs::path interpreter = interpreter_of(read_at(file.number(), 0, PATH_MAX));
    if (interpreter.empty()) break;
    program.file = interpreter;
  }
  // execvp() gives a file of no known kind to the shell.
  program.refusal = program.file.string() + " is no ELF file and names no interpreter";
  return program;
}

std::string refusal_of_loader(const ProgramFile& program,
                              const std::vector<std::string>& environment, std::string& names) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::strerror(errno);
  const base::Descriptor reading{ends[0]};
  base::Descriptor writing{ends[1]};
  // By its own path: the loader takes $ORIGIN from the name that it is given, the kernel gives it
  // the name behind the links.
  std::error_code failed;
  const fs::path own_path = fs::canonical(program.file, failed);
  const fs::path& named = failed ? program.file : own_path;
  const char* const arguments[] = {program.loader.c_str(), "--list", named.c_str(), nullptr};
  std::vector<char*> variables;
  variables.reserve(environment.size() + 1);
  for (const std::string& text : environment) variables.push_back(const_cast<char*>(text.c_str()));
  variables.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return std::strerror(errno);
  if (child == 0) {
    InheritedSignals::give_back();
    ::dup2(writing.number(), STDOUT_FILENO);
    ::dup2(writing.number(), STDERR_FILENO);
    ::execve(arguments[0], const_cast<char* const*>(arguments), variables.data());
    ::_exit(127);
  }
  writing.close();
  const std::string text = read_all(reading.number());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  // What it loads stands on lines that begin with a tab; all else is a complaint.
  std::string complaint;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::string line = first_line(text.substr(begin));
    begin += line.size() + 1;
    if (!line.starts_with('\t') || line.ends_with("=> not found")) {
      if (complaint.empty()) complaint = line;
    } else {
      names.append(line).push_back('\n');
    }
  }
  if (complaint.empty() && status != 0) complaint = "its loader refuses it";
  return complaint;
}

}  // namespace dblog::run
