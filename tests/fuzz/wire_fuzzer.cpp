// What the symbolizer and its worker take for messages of the other, on any bytes: as a message,
// and as they come through the socket. The worker reads files that may be hostile, so its answers
// may be anything.
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "src/symbols/wire.hpp"

namespace {

namespace symbols = dblog::symbols;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "wire: %s\n", what);
  std::abort();
}

bool is_same(const symbols::Request& left, const symbols::Request& right) {
  if (!(left.module == right.module) || left.detail != right.detail ||
      left.addresses.size() != right.addresses.size()) {
    return false;
  }
  for (std::size_t i = 0; i < left.addresses.size(); ++i) {
    if (left.addresses[i].offset != right.addresses[i].offset ||
        left.addresses[i].is_return_address != right.addresses[i].is_return_address) {
      return false;
    }
  }
  return true;
}

void check_message(std::string_view bytes) {
  if (const auto answer = symbols::decode_answer(bytes)) {
    const std::string again = symbols::encode(*answer);
    require(again.size() == bytes.size(), "an answer is longer or shorter than its bytes");
    require(symbols::decode_answer(again) == answer, "an answer does not come back");
  }
  if (const auto misfits = symbols::decode_misfits(bytes)) {
    const std::string again = symbols::encode(*misfits);
    require(again.size() == bytes.size(), "misfits are longer or shorter than their bytes");
    require(symbols::decode_misfits(again) == misfits, "misfits do not come back");
  }
  if (const auto request = symbols::decode_request(bytes)) {
    const std::string again = symbols::encode(*request);
    require(again.size() == bytes.size(), "a request is longer or shorter than its bytes");
    const auto same = symbols::decode_request(again);
    require(same && is_same(*same, *request), "a request does not come back");
  }
}

// As it is on the socket: sizes included, truncated anywhere.
void check_stream(std::string_view bytes) {
  int sockets[2];
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0, "no sockets");
  const ssize_t sent = ::send(sockets[0], bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::close(sockets[0]);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{2};
  std::size_t received = 0;
  while (const auto message = symbols::receive_message(sockets[1], deadline)) {
    received += sizeof(std::uint32_t) + message->size();
    check_message(*message);
  }
  ::close(sockets[1]);
  require(sent < 0 || received <= static_cast<std::size_t>(sent), "more came than was sent");
}

// What is sent comes as it was.
void check_round_trip(std::string_view bytes) {
  int sockets[2];
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0, "no sockets");
  require(symbols::send_message(sockets[0], bytes), "was not sent");
  const auto message = symbols::receive_message(
      sockets[1], std::chrono::steady_clock::now() + std::chrono::seconds{20});
  require(message && *message == bytes, "was changed on its way");
  ::close(sockets[0]);
  ::close(sockets[1]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // What a socket holds in any case.
  constexpr std::size_t kMost = 16 * 1024;
  const std::string_view bytes{reinterpret_cast<const char*>(data), std::min(size, kMost)};
  check_message(bytes);
  check_stream(bytes);
  check_round_trip(bytes);
  return 0;
}
