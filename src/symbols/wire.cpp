#include "src/symbols/wire.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace dblog::symbols {
namespace {

constexpr std::uint32_t kMaxMessage = 16 * 1024 * 1024;
constexpr std::uint32_t kMaxAddresses = 100'000;
constexpr std::uint32_t kMaxPlaces = 1'000;
constexpr std::uint32_t kMaxMisfits = 100;

class Writer {
 public:
  template <typename Number>
  Writer& number(Number value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    bytes_.append(bytes, sizeof value);
    return *this;
  }
  Writer& text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_.append(value);
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Goes on with zeros and empty texts behind the end, and remembers that.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  Number number() {
    Number value{};
    if (bytes_.size() < sizeof value) {
      is_good_ = false;
      return value;
    }
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const auto size = number<std::uint32_t>();
    if (size > bytes_.size()) is_good_ = false;
    if (!is_good_) return {};
    std::string value{bytes_.substr(0, size)};
    bytes_.remove_prefix(size);
    return value;
  }
  std::uint32_t count(std::uint32_t limit) {
    const auto value = number<std::uint32_t>();
    if (value > limit) is_good_ = false;
    return is_good_ ? value : 0;
  }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] bool is_complete() const { return is_good_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool is_good_ = true;
};

bool wait_for(int socket, std::optional<Deadline> deadline) {
  while (true) {
    int timeout = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          *deadline - std::chrono::steady_clock::now());
      timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
    }
    pollfd ready{socket, POLLIN, 0};
    const int count = ::poll(&ready, 1, timeout);
    if (count > 0) return true;
    if (count == 0 || errno != EINTR) return false;
  }
}

bool receive_all(int socket, char* bytes, std::size_t size, std::optional<Deadline> deadline) {
  while (size > 0) {
    if (!wait_for(socket, deadline)) return false;
    const ssize_t received = ::recv(socket, bytes, size, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return false;
    bytes += received;
    size -= static_cast<std::size_t>(received);
  }
  return true;
}

}  // namespace

std::string encode(const Request& request) {
  Writer writer;
  writer.text(request.module.path)
      .text(request.module.build_id)
      .number(std::uint8_t{request.module.recorded_at.has_value()})
      .number(request.module.recorded_at.value_or(0))
      .number(static_cast<std::uint8_t>(request.detail))
      .number(static_cast<std::uint32_t>(request.addresses.size()));
  for (const CodeAddress& address : request.addresses) {
    writer.number(address.offset).number(std::uint8_t{address.is_return_address});
  }
  return writer.take();
}

std::optional<Request> decode_request(std::string_view bytes) {
  ByteReader reader{bytes};
  Request request;
  request.module.path = reader.text();
  request.module.build_id = reader.text();
  const bool has_time = reader.number<std::uint8_t>() != 0;
  const auto time = reader.number<std::int64_t>();
  if (has_time) request.module.recorded_at = time;
  request.detail = reader.number<std::uint8_t>() == 0 ? Detail::symbols_only : Detail::all;
  const std::uint32_t count = reader.count(kMaxAddresses);
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) {
    CodeAddress address;
    address.offset = reader.number<std::uint64_t>();
    address.is_return_address = reader.number<std::uint8_t>() != 0;
    request.addresses.push_back(address);
  }
  if (!reader.is_complete()) return std::nullopt;
  return request;
}

std::string encode(const Answer& answer) {
  Writer writer;
  writer.number(static_cast<std::uint32_t>(answer.size()));
  for (const Place& place : answer) {
    writer.text(place.function)
        .text(place.file)
        .number(place.line)
        .number(place.column)
        .number(std::uint8_t{place.is_inlined})
        .number(static_cast<std::uint8_t>(place.origin.source))
        .number(static_cast<std::uint8_t>(place.origin.unread))
        .number(std::uint8_t{place.origin.is_verified});
  }
  return writer.take();
}

std::string encode(const Misfits& misfits) {
  Writer writer;
  writer.number(static_cast<std::uint32_t>(misfits.size()));
  for (const Misfit& misfit : misfits) {
    writer.text(misfit.path).number(static_cast<std::uint8_t>(misfit.reason)).text(misfit.build_id);
  }
  return writer.take();
}

std::optional<Misfits> decode_misfits(std::string_view bytes) {
  ByteReader reader{bytes};
  Misfits misfits;
  const std::uint32_t count = reader.count(kMaxMisfits);
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) {
    Misfit misfit;
    misfit.path = reader.text();
    const auto reason = reader.number<std::uint8_t>();
    if (reason > static_cast<std::uint8_t>(MisfitReason::unreadable)) return std::nullopt;
    misfit.reason = static_cast<MisfitReason>(reason);
    misfit.build_id = reader.text();
    misfits.push_back(std::move(misfit));
  }
  if (!reader.is_complete()) return std::nullopt;
  return misfits;
}

std::optional<Answer> decode_answer(std::string_view bytes) {
  ByteReader reader{bytes};
  Answer answer;
  const std::uint32_t count = reader.count(kMaxPlaces);
  for (std::uint32_t i = 0; i < count && reader.is_good(); ++i) {
    Place place;
    place.function = reader.text();
    place.file = reader.text();
    place.line = reader.number<std::uint32_t>();
    place.column = reader.number<std::uint32_t>();
    place.is_inlined = reader.number<std::uint8_t>() != 0;
    const auto source = reader.number<std::uint8_t>();
    if (source > static_cast<std::uint8_t>(NameSource::debug_info)) return std::nullopt;
    place.origin.source = static_cast<NameSource>(source);
    const auto unread = reader.number<std::uint8_t>();
    if (unread > static_cast<std::uint8_t>(Unread::unreadable)) return std::nullopt;
    place.origin.unread = static_cast<Unread>(unread);
    place.origin.is_verified = reader.number<std::uint8_t>() != 0;
    answer.push_back(std::move(place));
  }
  if (!reader.is_complete()) return std::nullopt;
  return answer;
}

bool send_message(int socket, std::string_view bytes) {
  if (bytes.size() > kMaxMessage) return false;
  std::string message = Writer{}.text(bytes).take();
  std::string_view rest = message;
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<std::string> receive_message(int socket, std::optional<Deadline> deadline) {
  char header[sizeof(std::uint32_t)];
  if (!receive_all(socket, header, sizeof header, deadline)) return std::nullopt;
  std::uint32_t size = 0;
  std::memcpy(&size, header, sizeof size);
  if (size > kMaxMessage) return std::nullopt;
  std::string bytes(size, '\0');
  if (!receive_all(socket, bytes.data(), size, deadline)) return std::nullopt;
  return bytes;
}

}  // namespace dblog::symbols
