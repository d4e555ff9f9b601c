// A program with known frames, which dies as its first argument says. Compiled in many ways by
// CMakeLists.txt; compare_with_gdb.py compares what dblog and gdb say of its stack.
#include <dlfcn.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dblog/dblog.hpp>

namespace {

int* volatile nowhere = nullptr;
volatile int zero = 0;

// Inlined where the compiler optimises; the line of each call is its own.
[[gnu::always_inline]] inline int store_through(int* target, int value) {
  *target = value;
  return value + 1;
}

template <typename Value>
[[gnu::always_inline]] inline Value checked(Value value) {
  const Value doubled = value * 2;
  return static_cast<Value>(store_through(nowhere, doubled));
}

[[gnu::noinline]] int inlined_chain(int value) {
  const int before = value + zero;
  return checked(before) + zero;
}

}  // namespace

namespace parts {

struct Reader {
  int depth;

  [[gnu::noinline]] int parse(int value) {
    if (depth > 0) {
      Reader inner{depth - 1};
      return inner.parse(value) + zero;
    }
    return inlined_chain(value) + zero;
  }
};

}  // namespace parts

[[gnu::noinline]] static int from_static_function(int value) {
  parts::Reader reader{2};
  const auto through_lambda = [&reader](int given) __attribute__((noinline)) {
    return reader.parse(given) + zero;
  };
  return through_lambda(value) + zero;
}

// The call is the last instruction: the return address belongs to whatever comes next.
[[noreturn, gnu::noinline]] static void give_up(int value) {
  if (value == zero) std::puts("zero");
  std::abort();
}

[[gnu::noinline]] static int call_that_does_not_return(int value) { give_up(value); }

extern "C" int compare_badly(const void* left, const void*) {
  return *static_cast<const int*>(left) + inlined_chain(1);
}

[[gnu::noinline]] static int within_qsort() {
  int numbers[] = {3, 2, 1};
  std::qsort(numbers, 3, sizeof numbers[0], compare_badly);
  return numbers[zero];
}

extern "C" void on_signal(int) { zero = from_static_function(4) + zero; }

[[gnu::noinline]] static int within_signal_handler() {
  std::signal(SIGUSR1, on_signal);
  std::raise(SIGUSR1);
  return zero;
}

using PluginFunction = int (*)(int*);

[[gnu::noinline]] static int call_plugin(PluginFunction function, int* target) {
  return function(target) + zero;
}

[[gnu::noinline]] static int use_plugin(const char* path, bool close_first) {
  void* plugin = ::dlopen(path, RTLD_NOW);
  if (plugin == nullptr) {
    std::puts(::dlerror());
    return 2;
  }
  const auto function = reinterpret_cast<PluginFunction>(::dlsym(plugin, "plugin_entry"));
  int kept = 0;
  call_plugin(function, &kept);
  if (close_first) ::dlclose(plugin);
  return call_plugin(function, nullptr);
}

int main(int count, char** arguments) {
  dblog::install_handlers();
  const char way = count > 1 ? arguments[1][0] : 'i';
  int result = 0;
  if (way == 'i') result += from_static_function(3);
  if (way == 'n') result += call_that_does_not_return(5);
  if (way == 'q') result += within_qsort();
  if (way == 's') result += within_signal_handler();
  if (way == 'p' || way == 'c') result += use_plugin(arguments[2], way == 'c');
  return result + zero;
}
