// One of tests/servers/ as a child: started, its port known, stopped in any case.
//
//   const test::ServerProcess server{{"slack_server.py", "--diary", diary, "ok"}};
//   connect("127.0.0.1", server.port());
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dblog::test {

class ServerProcess {
 public:
  /// The script's name first. Returns when it listens; throws std::runtime_error if it does not
  /// within half a minute.
  explicit ServerProcess(std::vector<std::string> arguments);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Ends it now.
  void stop() noexcept;

 private:
  pid_t process_id_ = -1;
  int stdin_ = -1;
  std::uint16_t port_ = 0;
};

/// The certificates of tests/servers/make_certificates, made once a test program.
[[nodiscard]] const std::filesystem::path& certificates();

}  // namespace dblog::test
