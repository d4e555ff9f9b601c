#include "src/journal/journal_writer.hpp"

#include <dlfcn.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace dblog::journal {
namespace {

// systemd.io, "Native Journal Protocol".
constexpr const char* kSocket = "/run/systemd/journal/socket";

base::Error error_of(int number, const std::string& what) {
  return {base::ErrorCode::io, kSocket, what + ": " + std::generic_category().message(number)};
}

base::Result<base::Descriptor> connect() {
  base::Descriptor socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, kSocket, sizeof address.sun_path - 1);
  if (!socket.is_open() || ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address),
                                     sizeof address) != 0) {
    const int number = errno;
    return base::Error{base::ErrorCode::not_found, kSocket,
                       "no systemd-journald is there: " + std::generic_category().message(number) +
                           "; set journal = false to do without it"};
  }
  return socket;
}

}  // namespace

base::Result<JournalWriter> JournalWriter::open() {
  void* const library = ::dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
  void* const send = library == nullptr ? nullptr : ::dlsym(library, "sd_journal_sendv");
  if (send == nullptr) {
    return base::Error{base::ErrorCode::not_found, "libsystemd.so.0",
                       "is not installed, and the journal cannot be written without it: "
                       "apt-get install libsystemd0"};
  }
  auto socket = connect();
  if (!socket) return socket.error();
  return JournalWriter{std::move(*socket), reinterpret_cast<Send>(send)};
}

std::optional<base::Error> JournalWriter::write(const std::vector<std::string>& fields,
                                                std::chrono::milliseconds limit) {
  pollfd readable{socket_.number(), POLLOUT, 0};
  const int ready = ::poll(&readable, 1, static_cast<int>(limit.count()));
  if (ready <= 0) return error_of(ready == 0 ? ETIMEDOUT : errno, "systemd-journald does not read");
  // What was there is gone, and what is there now is another's: connect() says so.
  if ((readable.revents & (POLLERR | POLLHUP)) != 0) return error_of(ECONNREFUSED, "is gone");
  std::vector<iovec> parts;
  parts.reserve(fields.size());
  for (const std::string& field : fields) {
    parts.push_back({const_cast<char*>(field.data()), field.size()});
  }
  const int result = send_(parts.data(), static_cast<int>(parts.size()));
  if (result < 0) return error_of(-result, "not written");
  return std::nullopt;
}

}  // namespace dblog::journal
