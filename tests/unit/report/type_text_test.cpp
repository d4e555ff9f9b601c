#include "src/text/type_text.hpp"

#include <cxxabi.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <regex>
#include <set>
#include <sstream>
#include <stack>
#include <string>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <vector>

using dblog::text::readable_name;

namespace {

struct Order {};
template <typename T>
struct Box {};

// As the compiler mangles it and the C++ library demangles it.
template <typename T>
std::string name_of() {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name{
      abi::__cxa_demangle(typeid(T).name(), nullptr, nullptr, &status), &std::free};
  return readable_name(name.get());
}

}  // namespace

TEST_CASE("readable name: a type is what people write, of any container") {
  CHECK(name_of<std::string>() == "std::string");
  CHECK(name_of<std::wstring>() == "std::wstring");
  CHECK(name_of<std::string_view>() == "std::string_view");
  CHECK(name_of<std::vector<int>>() == "std::vector<int>");
  CHECK(name_of<std::vector<std::vector<std::string>>>() ==
        "std::vector<std::vector<std::string>>");
  CHECK(name_of<std::map<std::string, std::vector<int>>>() ==
        "std::map<std::string, std::vector<int>>");
  CHECK(name_of<std::map<const char*, int>>() == "std::map<char const*, int>");
  CHECK(name_of<std::set<int>>() == "std::set<int>");
  CHECK(name_of<std::unordered_map<std::string, int>>() == "std::unordered_map<std::string, int>");
  CHECK(name_of<std::unordered_set<long>>() == "std::unordered_set<long>");
  CHECK(name_of<std::unique_ptr<Box<int>>>() == "std::unique_ptr<(anonymous namespace)::Box<int>>");
  CHECK(name_of<std::unique_ptr<int[]>>() == "std::unique_ptr<int []>");
  CHECK(name_of<std::shared_ptr<std::string>>() == "std::shared_ptr<std::string>");
  CHECK(name_of<std::stack<int>>() == "std::stack<int>");
  CHECK(name_of<std::priority_queue<int>>() == "std::priority_queue<int>");
  CHECK(name_of<std::function<void(std::string)>>() == "std::function<void (std::string)>");
  CHECK(name_of<std::ostringstream>() == "std::ostringstream");
  CHECK(name_of<std::ifstream>() == "std::ifstream");
  CHECK(name_of<std::regex>() == "std::regex");
  CHECK(name_of<std::chrono::milliseconds>() == "std::chrono::milliseconds");
  CHECK(name_of<std::chrono::system_clock::time_point>() ==
        "std::chrono::time_point<std::chrono::system_clock>");
  CHECK(name_of<std::vector<int>::iterator>() == "std::vector<int>::iterator");
  CHECK(name_of<std::string::const_iterator>() == "std::string::const_iterator");
}

TEST_CASE("readable name: what is not the default stays") {
  CHECK(name_of<std::set<int, std::greater<int>>>() == "std::set<int, std::greater<int>>");
  CHECK(name_of<std::unique_ptr<int, void (*)(int*)>>() == "std::unique_ptr<int, void (*)(int*)>");
  CHECK(readable_name("std::vector<int, std::allocator<long> >") ==
        "std::vector<int, std::allocator<long>>");
  CHECK(readable_name("shop::vector<int, std::allocator<int> >") ==
        "shop::vector<int, std::allocator<int>>");
  CHECK(readable_name("shop::__cxx11::order()") == "shop::__cxx11::order()");
}

TEST_CASE("readable name: a function's parameters, and its class, are written so too") {
  CHECK(readable_name("load(std::__cxx11::basic_string<char, std::char_traits<char>, "
                      "std::allocator<char> > const&, std::vector<int, std::allocator<int> >&)") ==
        "load(std::string const&, std::vector<int>&)");
  CHECK(readable_name("std::__cxx11::basic_string<char, std::char_traits<char>, "
                      "std::allocator<char> >::basic_string(char const*, std::allocator<char> "
                      "const&)") ==
        "std::string::string(char const*, std::allocator<char> const&)");
  CHECK(readable_name("std::__cxx11::basic_string<char, std::char_traits<char>, "
                      "std::allocator<char> >::~basic_string()") == "std::string::~string()");
  CHECK(readable_name("f[abi:cxx11](int)") == "f(int)");
  CHECK(readable_name("std::__1::basic_string<char, std::__1::char_traits<char>, "
                      "std::__1::allocator<char> >::append(char const*)") ==
        "std::string::append(char const*)");
}

TEST_CASE("readable name: operators, lambdas and other languages stay as they are") {
  for (const char* name :
       {"main", "operator<(Order const&, Order const&)", "operator<< <int>(int)",
        "Order::operator->() const", "Order::operator<=>(Order const&) const",
        "main::{lambda(int)#1}::operator()(int) const", "f(Box<(anonymous namespace)::Order>)",
        "<alloc::vec::Vec<T> as core::ops::Drop>::drop", "core::ptr::drop_in_place::{{closure}}",
        "Order::operator bool() const", "main::<lambda(int)>", "libc.so.6+0x3c050"}) {
    CHECK(readable_name(name) == name);
  }
}

TEST_CASE("readable name: what is not understood or too long stays as it is") {
  for (const std::string& name :
       {std::string("std::vector<int, std::allocator<int>"), std::string("a > b"),
        std::string("f(int"), std::string("x<(1 > 2)>"), std::string(100'000, '<'),
        std::string(200, '<') + std::string(200, '>'), std::string(8'000, ':'), std::string(">"),
        std::string("operator"), "std::vector<" + std::string(9'000, 'x') + ">",
        std::string("\xff\n<\x01>,"), std::string("")}) {
    const std::string result = readable_name(name);
    CHECK((result == name || name == "\xff\n<\x01>,"));
  }
}
