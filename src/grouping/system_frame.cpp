// Known by name and not by directory: programs that are installed have their own libraries in
// /usr/lib too.
#include "src/grouping/system_frame.hpp"

#include <algorithm>
#include <string>

#include "src/grouping/plain_name.hpp"

namespace dblog::grouping {
namespace {

constexpr std::string_view kModules[] = {
    // The C library (glibc, musl), the loader, the kernel's page of code.
    "libc.so", "libm.so", "libpthread.so", "libdl.so", "librt.so", "libanl.so", "libresolv.so",
    "ld.so", "linux-vdso.so", "[vdso]", "linux-gate.so",
    // The C++ runtimes.
    "libstdc++.so", "libgcc_s.so", "libc++.so", "libc++abi.so", "libunwind.so", "libsupc++.so",
    // Allocators: what crashes in them was broken by others.
    "libjemalloc.so", "libmimalloc.so", "libtcmalloc.so", "libtcmalloc_minimal.so",
    // Sanitizers, and dblog.
    "libasan.so", "libtsan.so", "libubsan.so", "liblsan.so", "libdblog.so",
    // Between a message and who logged it (dblog/spdlog.hpp, dblog/qt.hpp).
    "libspdlog.so", "libQt5Core.so", "libQt6Core.so"};
constexpr std::string_view kModuleBeginnings[] = {"ld-linux", "ld-musl", "libc.musl",
                                                  "libclang_rt"};

constexpr std::string_view kNamespaces[] = {
    "std::",    "__gnu_cxx::", "__cxxabiv1::", "__gnu_debug::", "__sanitizer::",
    "__asan::", "__tsan::",    "dblog::",      "spdlog::"};
// In statically linked programs, and where every program has them. A blank around each.
constexpr std::string_view kFunctions =
    " _start start_thread clone clone3 __clone __clone3 __restore_rt"
    " raise gsignal abort pthread_kill kill tgkill"
    " __assert_fail __assert_fail_base __assert_perror_fail __assert"
    " __stack_chk_fail __fortify_fail __chk_fail malloc_printerr"
    " malloc calloc realloc free cfree memalign aligned_alloc posix_memalign"
    " _int_malloc _int_free _int_realloc malloc_consolidate unlink_chunk tcache_get tcache_put"
    " memcpy memmove memset memcmp memchr strlen strnlen strcpy strncpy strcat strcmp strncmp"
    " strchr strrchr strstr strdup ";
constexpr std::string_view kFunctionBeginnings[] = {
    "operator new", "operator delete",   "__libc_",    "__GI_",     "__pthread_",
    "__cxa_",       "__gxx_personality", "_Unwind_",   "_dl_",      "__memcpy_",
    "__memmove_",   "__memset_",         "__memcmp_",  "__memchr_", "__strlen_",
    "__strcpy_",    "__strcmp_",         "__strncmp_", "__strchr_", "__interceptor_"};

template <typename List>
bool is_one_of(std::string_view text, const List& list) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

template <typename List>
bool starts_with_one_of(std::string_view text, const List& list) {
  return std::any_of(std::begin(list), std::end(list),
                     [text](std::string_view start) { return text.starts_with(start); });
}

bool is_function(std::string_view name) {
  const std::string word = " " + std::string(name) + " ";
  return word.find(' ', 1) == word.size() - 1 && kFunctions.find(word) != std::string_view::npos;
}

}  // namespace

bool is_system_frame(std::string_view module, std::string_view plain_name) {
  const std::string name = plain_module_name(module);
  return is_one_of(name, kModules) || starts_with_one_of(name, kModuleBeginnings) ||
         is_function(plain_name) || starts_with_one_of(plain_name, kNamespaces) ||
         starts_with_one_of(plain_name, kFunctionBeginnings);
}

bool is_library_inside(std::string_view plain_name) {
  constexpr std::string_view kCallers[] = {"std::function::operator()", "std::invoke",
                                           "execute_native_thread_routine"};
  if (is_one_of(plain_name, kCallers) || plain_name.starts_with("__gthread_")) return true;
  const bool is_library = plain_name.starts_with("std::") || plain_name.starts_with("__gnu_cxx::");
  return is_library && plain_name.find("::_") != std::string_view::npos;
}

}  // namespace dblog::grouping
