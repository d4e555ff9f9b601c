#include "tests/crash/handler_tracer.hpp"

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>

namespace dblog::test {
namespace {

constexpr std::chrono::seconds kLimit{20};

void require(bool ok, const char* what) {
  if (!ok) throw std::system_error(errno, std::generic_category(), what);
}

// What a process needs to die: a program that is refused these by everybody cannot.
bool is_needed_to_die(long call) {
  return call == SYS_rt_sigaction || call == SYS_rt_sigprocmask || call == SYS_rt_tgsigqueueinfo ||
         call == SYS_tgkill || call == SYS_kill || call == SYS_gettid || call == SYS_getpid;
}

// Linux has no way for these to fail.
bool cannot_fail(long call) { return call == SYS_getpid || call == SYS_gettid; }

pid_t start(const std::vector<std::string>& command, const std::filesystem::path& directory,
            const std::filesystem::path& err) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  const pid_t process = ::fork();
  require(process >= 0, "fork");
  if (process > 0) return process;
  const int error_file = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int nothing = ::open("/dev/null", O_RDWR);
  if (::chdir(directory.c_str()) != 0 || ::dup2(nothing, 0) < 0 || ::dup2(nothing, 1) < 0 ||
      ::dup2(error_file, 2) < 0 || ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
    ::_exit(120);
  }
  ::close(error_file);
  ::close(nothing);
  ::unsetenv("DBLOG_DB");
  ::execv(arguments[0], arguments.data());
  ::_exit(121);
}

class Tracer {
 public:
  Tracer(pid_t process, const Meddler& meddler, TracedDeath& death)
      : process_(process), meddler_(meddler), death_(death) {}

  void follow() {
    int status = wait_for_stop();
    require(WIFSTOPPED(status), "the program did not start");
    require(::ptrace(PTRACE_SETOPTIONS, process_, nullptr,
                     PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD) == 0,
            "PTRACE_SETOPTIONS");
    int signal = 0;
    for (;;) {
      ::ptrace(is_watching_ ? PTRACE_SYSCALL : PTRACE_CONT, process_, nullptr, signal);
      status = wait_for_stop();
      if (!WIFSTOPPED(status)) break;
      signal = WSTOPSIG(status);
      if (signal == (SIGTRAP | 0x80)) {
        signal = 0;
        at_system_call();
      } else if (signal == SIGTRAP) {
        signal = 0;
        at_breakpoint();
      }
    }
    death_.wait_status = status;
  }

 private:
  int wait_for_stop() const {
    int status = 0;
    while (::waitpid(process_, &status, __WALL) < 0 && errno == EINTR) {
    }
    return status;
  }

  void at_breakpoint() {
    is_watching_ = !is_watching_;
    const user_regs_struct registers = read_registers();
    abort_ = registers.rax;
    thrower_ = registers.rdx;
  }

  [[nodiscard]] user_regs_struct read_registers() const {
    user_regs_struct registers{};
    ::ptrace(PTRACE_GETREGS, process_, nullptr, &registers);
    return registers;
  }

  void at_system_call() {
    user_regs_struct registers = read_registers();
    is_inside_ = !is_inside_;
    if (!is_inside_) return after_call(registers);
    const auto call = static_cast<long>(registers.orig_rax);
    if (call == SYS_rt_sigreturn) return;
    const auto index = static_cast<int>(death_.calls.size());
    death_.calls.push_back(call);
    is_chosen_ = index == meddler_.at ||
                 (meddler_.goes_on && index > meddler_.at && !is_needed_to_die(call));
    if (!is_chosen_) return;
    if (meddler_.what == Meddling::kill) ::kill(process_, SIGKILL);
    if (meddler_.what == Meddling::fail && !cannot_fail(call)) {
      registers.orig_rax = static_cast<unsigned long long>(-1);
      ::ptrace(PTRACE_SETREGS, process_, nullptr, &registers);
    }
  }

  void after_call(user_regs_struct& registers) {
    if (!is_chosen_) return;
    is_chosen_ = false;
    switch (meddler_.what) {
      case Meddling::nothing:
      case Meddling::kill:
        return;
      case Meddling::fail:
        if (cannot_fail(death_.calls.back())) return;
        registers.rax = static_cast<unsigned long long>(-meddler_.error);
        break;
      case Meddling::fault:
        call_function(registers, 0);
        break;
      case Meddling::abort:
        call_function(registers, abort_);
        break;
      case Meddling::exception:
        call_function(registers, thrower_);
        break;
    }
    ::ptrace(PTRACE_SETREGS, process_, nullptr, &registers);
  }

  // As a call would, below the red zone and with no way back.
  void call_function(user_regs_struct& registers, unsigned long long function) const {
    registers.rsp = ((registers.rsp - 256) & ~0xFULL) - 8;
    ::ptrace(PTRACE_POKEDATA, process_, registers.rsp, nullptr);
    registers.rip = function;
    registers.orig_rax = static_cast<unsigned long long>(-1);  // no system call to restart
  }

  pid_t process_;
  const Meddler& meddler_;
  TracedDeath& death_;
  bool is_watching_ = false;
  bool is_inside_ = false;
  bool is_chosen_ = false;
  unsigned long long abort_ = 0;
  unsigned long long thrower_ = 0;
};

// Kills the process when its time is up.
class Watchdog {
 public:
  explicit Watchdog(pid_t process)
      : thread_([this, process](const std::stop_token& stop) {
          std::unique_lock lock{mutex_};
          has_barked_ =
              !is_over_.wait_for(lock, stop, kLimit, [&] { return stop.stop_requested(); });
          if (has_barked_) ::kill(process, SIGKILL);
        }) {}
  bool has_barked() {
    thread_.request_stop();
    thread_.join();
    return has_barked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any is_over_;
  bool has_barked_ = false;
  std::jthread thread_;
};

}  // namespace

std::string Meddler::name() const {
  const std::string where = " at call " + std::to_string(at);
  switch (what) {
    case Meddling::nothing:
      return "nothing";
    case Meddling::fail:
      return std::string{strerrorname_np(error)} + where + (goes_on ? " and all after it" : "");
    case Meddling::kill:
      return "SIGKILL" + where;
    case Meddling::fault:
      return "fault" + where;
    case Meddling::abort:
      return "abort()" + where;
    case Meddling::exception:
      return "exception" + where;
  }
  return {};
}

bool may_trace() {
  const pid_t process = ::fork();
  if (process == 0) ::_exit(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0 ? 0 : 1);
  int status = 1;
  ::waitpid(process, &status, 0);
  return status == 0;
}

TracedDeath run_traced(const std::vector<std::string>& command,
                       const std::filesystem::path& directory, const Meddler& meddler) {
  TracedDeath death;
  const std::filesystem::path err = directory / ("stderr-" + std::to_string(::gettid()) + ".test");
  death.process_id = start(command, directory, err);
  Watchdog watchdog{death.process_id};
  Tracer{death.process_id, meddler, death}.follow();
  death.timed_out = watchdog.has_barked();
  std::ifstream file{err, std::ios::binary};
  death.err.assign(std::istreambuf_iterator<char>{file}, {});
  std::filesystem::remove(err);
  return death;
}

}  // namespace dblog::test
