// A library with known symbols and known lines, for the symbolizer's tests to read. Never called.
#include <cstdlib>

// A symbol with a size, code that no symbol covers, global ones without a size.
asm(R"(
  .section .text.known, "ax", @progbits
  .globl known_sized
  .type known_sized, @function
known_sized:
  .skip 16, 0x90
  .size known_sized, .-known_sized
.Lnameless:
  .skip 16, 0x90
  .globl known_sizeless
  .type known_sizeless, @function
known_sizeless:
  .skip 16, 0x90
  .globl known_far
  .type known_far, @function
known_far:
  .skip 8192, 0x90
  .previous
)");

namespace known {

namespace {

[[gnu::noinline]] int hidden(int* at) {
  *at = 1;
  return std::rand();
}

}  // namespace

struct Holder {
  int kept;

  [[gnu::always_inline]] int inlined(int* at) {
    kept += hidden(at);  // in inlined()
    return kept * *at;
  }
};

}  // namespace known

extern "C" int known_outer(int* at) {
  known::Holder holder{2};
  return holder.inlined(at) + 1;  // in known_outer()
}
