// What goes between the symbolizer and its worker process, as bytes: each message is its size
// followed by its fields. The worker reads files that may be hostile, so the symbolizer takes
// nothing in its answers for granted.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/symbols/misfit.hpp"
#include "src/symbols/open_module.hpp"
#include "src/symbols/place.hpp"

namespace dblog::symbols {

struct Request {
  ModuleKey module;
  Detail detail = Detail::all;
  std::vector<CodeAddress> addresses;
};

/// One for each of a request's addresses, in their order.
using Answer = Places;

/// Before those: what stands where the module's debug information would be.
std::string encode(const Misfits& misfits);

std::string encode(const Request& request);
std::string encode(const Answer& answer);

/// Nothing if the bytes are no such message.
std::optional<Request> decode_request(std::string_view bytes);
std::optional<Answer> decode_answer(std::string_view bytes);
std::optional<Misfits> decode_misfits(std::string_view bytes);

using Deadline = std::chrono::steady_clock::time_point;

/// False when the other side is gone or the time is up.
bool send_message(int socket, std::string_view bytes);
std::optional<std::string> receive_message(int socket, std::optional<Deadline> deadline);

}  // namespace dblog::symbols
