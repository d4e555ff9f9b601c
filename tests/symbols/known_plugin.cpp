// A plug-in with a known frame: writes through the pointer that it is given.
namespace {

volatile int zero = 0;

[[gnu::noinline]] int write_there(int* target) {
  *target = 7;
  return zero;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int plugin_entry(int* target) {
  return write_there(target) + zero;
}
