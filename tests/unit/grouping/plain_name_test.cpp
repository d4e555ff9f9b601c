#include "src/grouping/plain_name.hpp"

#include <catch2/catch.hpp>

using dblog::grouping::plain_function_name;
using dblog::grouping::plain_module_name;

namespace {

void check_all(const std::vector<std::pair<std::string, std::string>>& names) {
  for (const auto& [stored, plain] : names) {
    CAPTURE(stored);
    CHECK(plain_function_name(stored) == plain);
  }
}

}  // namespace

TEST_CASE("plain function name: a C function's is the name itself") {
  check_all({{"parse_header", "parse_header"}, {"sha256_update", "sha256_update"}, {"f", "f"}});
}

TEST_CASE("plain function name: has no parameters, qualifiers and return types") {
  check_all({{"divide(int, int)", "divide"},
             {"ns::Pool::run(char const*, std::map<int, char>) const", "ns::Pool::run"},
             {"void ns::apply<int>(int)", "ns::apply"},
             {"std::vector<int>& ns::apply<int>(int)", "ns::apply"},
             {"unsigned long ns::size<char>()", "ns::size"},
             {"decltype (a(x) + b) ns::apply<int>(int)", "ns::apply"},
             {"decltype(auto) ns::apply<int>(int)", "ns::apply"},
             {"void (*ns::find<int>(int))(char)", "ns::find"},
             {"Foo::~Foo()", "Foo::~Foo"},
             {"non-virtual thunk to Foo::close()", "Foo::close"}});
}

TEST_CASE("plain function name: has no template arguments, whatever they hold") {
  check_all({{"ns::Pool<Job, 4>::run()", "ns::Pool::run"},
             {"ns::Box<(char)60>::get()", "ns::Box::get"},
             {"ns::Box<(1 > 0)>::get()", "ns::Box::get"},
             {"ns::Box<&Foo::operator->>::get()", "ns::Box::get"},
             {"ns::Fn<void (int, std::vector<int>)>::call(int)", "ns::Fn::call"},
             {"std::map<int, std::map<int, int> >::at(int const&)", "std::map::at"}});
}

TEST_CASE("plain function name: keeps operators") {
  check_all({{"Foo::operator()(int) const", "Foo::operator()"},
             {"Foo::operator[](unsigned long)", "Foo::operator[]"},
             {"std::ostream& operator<< <char>(std::ostream&, char)", "operator<<"},
             {"bool operator< <int>(int, int)", "operator<"},
             {"operator<=>(A const&, A const&)", "operator<=>"},
             {"Foo::operator->() const", "Foo::operator->"},
             {"operator new(unsigned long)", "operator new"},
             {"operator delete[](void*)", "operator delete[]"},
             {"Foo::operator bool() const", "Foo::operator bool"},
             {"Foo::operator std::vector<int>()", "Foo::operator std::vector"},
             {"operator\"\" _km(long double)", "operator\"\"_km"},
             {"operators(int)", "operators"},
             {"my_operator", "my_operator"}});
}

TEST_CASE("plain function name: lambdas lose their number and parameters") {
  check_all({{"serve(int)::{lambda(char)#2}::operator()(char) const", "serve::{lambda}"},
             {"serve(int)::{lambda(char)#1}::_FUN(char)", "serve::{lambda}"},
             {"serve(int)::'lambda0'(char)::operator()(char) const", "serve::{lambda}"},
             {"serve(int)::$_3::operator()(char) const", "serve::{lambda}"},
             {"serve()::<lambda(int)>", "serve::{lambda}"},
             {"Foo::run() const::{lambda()#1}::operator()() const::{lambda()#2}::operator()()",
              "Foo::run::{lambda}::operator()::{lambda}"},
             {"serve(int)::{unnamed type#1}::get()", "serve::{unnamed type}::get"}});
}

TEST_CASE("plain function name: has none of what compilers and linkers append") {
  check_all({{"parse.isra.0", "parse"},
             {"parse.part.3.constprop.1", "parse"},
             {"parse.cold", "parse"},
             {"parse.llvm.1234567890", "parse"},
             {"ns::parse(int) [clone .isra.0] [clone .cold]", "ns::parse"},
             {"ns::parse[abi:cxx11](int)", "ns::parse"},
             {"memcpy@plt", "memcpy"},
             {"memcpy@@GLIBC_2.14", "memcpy"}});
}

TEST_CASE("plain function name: keeps scopes, anonymous ones and those in functions") {
  check_all({{"(anonymous namespace)::f(int)", "(anonymous namespace)::f"},
             {"ns::(anonymous namespace)::Foo<int>::f(int)", "ns::(anonymous namespace)::Foo::f"},
             {"void (anonymous namespace)::f<int>(int)", "(anonymous namespace)::f"},
             {"f(int)::Local::g()", "f::Local::g"},
             {"Foo::f(int) const::Local::g()", "Foo::f::Local::g"}});
}

TEST_CASE("plain function name: Rust's names lose hashes and type arguments") {
  check_all({{"app::main::h0123456789abcdef", "app::main"},
             {"app::run::{{closure}}::h0123456789abcdef", "app::run::{closure}"},
             {"app::run::{closure#0}", "app::run::{closure}"},
             {"<alloc::vec::Vec<T,A> as core::ops::Drop>::drop",
              "<alloc::vec::Vec as core::ops::Drop>::drop"},
             {"alloc::vec::Vec::<u8>::new", "alloc::vec::Vec::new"}});
}

TEST_CASE("plain function name: is never empty and never loops, whatever the bytes") {
  check_all({{"(", "("}, {"<", "<"}, {"()", "()"}, {" ", " "}, {"operator", "operator"}});
  CHECK(plain_function_name("a\nb") == "a b");
  CHECK(plain_function_name("").empty());
  CHECK_FALSE(plain_function_name(std::string(100'000, '<')).empty());
  CHECK_FALSE(plain_function_name(std::string(100'000, '(') + "a").empty());
  std::string nested = "f";
  for (int i = 0; i < 2'000; ++i) nested = '<' + nested + " as T>::g";
  CHECK_FALSE(plain_function_name(nested).empty());
}

TEST_CASE("plain module name: is the file's without directories and versions") {
  CHECK(plain_module_name("/opt/x/libfoo.so.1.2.3") == "libfoo.so");
  CHECK(plain_module_name("/opt/x/libfoo-1.2.so") == "libfoo.so");
  CHECK(plain_module_name("libc-2.31.so") == "libc.so");
  CHECK(plain_module_name("/srv/app-1.2.3") == "app");
  CHECK(plain_module_name("/srv/app-v2") == "app");
  CHECK(plain_module_name("/srv/app (deleted)") == "app");
  CHECK(plain_module_name("/srv/sha256sum") == "sha256sum");
  CHECK(plain_module_name("/srv/7z") == "7z");
  CHECK(plain_module_name("/srv/42") == "42");
  CHECK(plain_module_name("").empty());
}
