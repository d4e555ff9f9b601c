// A function's name without what changes while the function stays the same: template arguments,
// parameters, return types, numbers of lambdas, what compilers and linkers append (".isra.0",
// "[clone .cold]", "@plt"). Called for fingerprints and for sentences about crashes.
//
//   "void ns::Pool<Job, 4>::run<int>(int) const [clone .isra.0]"  →  "ns::Pool::run"
//   "serve(int)::{lambda(char)#2}::operator()(char) const"        →  "serve::{lambda}"
//
// Pure. Takes names of any origin (C++ demangled by GCC or LLVM, C, Rust) and any bytes; what it
// does not understand comes back as it was, so that it can still be told from others.
#pragma once

#include <string>
#include <string_view>

namespace dblog::grouping {

/// Never empty if `function` is not; on one line.
std::string plain_function_name(std::string_view function);

/// The file name of a module without directories and version numbers: "libfoo.so" for
/// "/opt/x/libfoo.so.1.2.3" and "libfoo-1.2.so", "app" for "app-1.2.3" and "app (deleted)".
std::string plain_module_name(std::string_view path);

}  // namespace dblog::grouping
