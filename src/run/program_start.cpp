#include "src/run/program_start.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "src/base/descriptor.hpp"
#include "src/base/number_text.hpp"
#include "src/run/inherited_signals.hpp"
#include "src/run/preload_variables.hpp"

namespace dblog::run {
namespace {

bool is_executable(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Where the variable's value stands; null: there is none.
char* value_of_own_id(const std::vector<char*>& environment) {
  const std::string name = std::string{kOnlyProcess} + '=';
  for (char* const variable : environment) {
    if (variable == nullptr) break;
    if (std::string_view{variable} == name + kIdToCome) return variable + name.size();
  }
  return nullptr;
}

base::Error failure(const std::string& program, int number) {
  const auto code = number == ENOENT ? base::ErrorCode::not_found : base::ErrorCode::permission;
  return {code, program, std::generic_category().message(number)};
}

// errno of an exec() that failed; 0: the pipe was closed by one that did not.
int reason_from(int descriptor) {
  int reason = 0;
  ssize_t size = 0;
  do {
    size = ::read(descriptor, &reason, sizeof reason);
  } while (size < 0 && errno == EINTR);
  return size == sizeof reason ? reason : 0;
}

}  // namespace

std::filesystem::path find_program(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* const variable = ::secure_getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/bin:/usr/bin";
  while (true) {
    const std::size_t end = rest.find(':');
    const std::filesystem::path folder = rest.substr(0, end);
    std::filesystem::path file = (folder.empty() ? "." : folder) / program;
    if (is_executable(file)) return file;
    if (end == std::string_view::npos) return program;
    rest.remove_prefix(end + 1);
  }
}

std::vector<std::string> present_environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  return variables;
}

base::Result<pid_t> start_program(const std::vector<std::string>& arguments,
                                  const std::vector<std::string>& environment) {
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(environment);
  char* const own_id = value_of_own_id(envp);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failure(arguments.front(), errno);
  const base::Descriptor reading{ends[0]};
  base::Descriptor writing{ends[1]};
  const pid_t child = ::fork();
  if (child < 0) return failure(arguments.front(), errno);
  if (child == 0) {
    InheritedSignals::give_back();
    if (own_id != nullptr) {
      base::write_whole(::getpid(), own_id, sizeof kIdToCome);
    }
    ::execvpe(argv.front(), argv.data(), envp.data());
    const int reason = errno;
    (void)!::write(writing.number(), &reason, sizeof reason);
    ::_exit(127);
  }
  writing.close();
  const int reason = reason_from(reading.number());
  if (reason == 0) return child;
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  return failure(arguments.front(), reason);
}

}  // namespace dblog::run
