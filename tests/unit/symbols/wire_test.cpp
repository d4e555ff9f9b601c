#include "src/symbols/wire.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <string>

using namespace dblog::symbols;

namespace {

Answer some_answer() {
  Place inlined{"f<int>(char const*)",
                "/src/a.hpp",
                7,
                3,
                true,
                {NameSource::debug_info, Unread::nothing, true}};
  Place holder{"main", "", 0, 0, false, {NameSource::symbol_table, Unread::split, false}};
  return {inlined, holder};
}

struct Sockets {
  int ends[2];
  Sockets() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0); }
  ~Sockets() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
};

}  // namespace

TEST_CASE("worker's answer: is read as it was written") {
  CHECK(decode_answer(encode(some_answer())) == some_answer());
  CHECK(decode_answer(encode(Answer{})) == Answer{});
}

TEST_CASE("worker's misfits: are read as they were written, and refused when cut short") {
  const Misfits misfits{{"/dbg/app", MisfitReason::other_build, "ab12"},
                        {"/dbg/app.debug", MisfitReason::unreadable, ""}};
  const std::string bytes = encode(misfits);
  CHECK(decode_misfits(bytes) == misfits);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(decode_misfits(bytes.substr(0, size)));
  }
}

TEST_CASE("worker's request: is read as it was written") {
  const Request request{
      {"/bin/app", "ab12", 17}, Detail::symbols_only, {{0x1234, true}, {5, false}}};
  const auto read = decode_request(encode(request));
  REQUIRE(read);
  CHECK(read->module == request.module);
  CHECK(read->detail == Detail::symbols_only);
  REQUIRE(read->addresses.size() == 2);
  CHECK(read->addresses[0].offset == 0x1234);
  CHECK(read->addresses[0].is_return_address);
}

TEST_CASE("worker's answer: is refused when it is cut short anywhere") {
  const std::string bytes = encode(some_answer());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(decode_answer(bytes.substr(0, size)));
  }
}

TEST_CASE("worker's answer: is refused when it is too long or claims too much") {
  CHECK_FALSE(decode_answer(encode(some_answer()) + "x"));
  CHECK_FALSE(decode_answer("\xff\xff\xff\xff"));
  std::string huge_text = encode(some_answer());
  huge_text[4] = huge_text[7] = '\x7f';
  CHECK_FALSE(decode_answer(huge_text));
}

TEST_CASE("message between processes: does not wait past its deadline") {
  const Sockets sockets;
  CHECK_FALSE(receive_message(sockets.ends[0], std::chrono::steady_clock::now()));
}

TEST_CASE("message between processes: is refused when its size is absurd") {
  const Sockets sockets;
  REQUIRE(::send(sockets.ends[1], "\xff\xff\xff\xff", 4, 0) == 4);
  CHECK_FALSE(receive_message(sockets.ends[0], std::nullopt));
}
