#include <cxxabi.h>

#include <catch2/catch.hpp>
#include <complex>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <ios>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <tuple>
#include <typeinfo>
#include <unordered_map>
#include <variant>
#include <vector>

#include "tests/unit/readable_name.hpp"

namespace type_name_test {

enum Plain { zero, five = 5, minus_three = -3 };
enum class Scoped : unsigned char { seven = 7 };

// A type as it is, for typeid of those that are not objects.
template <typename T>
struct Box {};
template <typename... T>
struct Types {
  template <typename... U>
  struct Inner {};
};
template <auto... V>
struct Values {};
template <template <typename...> class T>
struct OfTemplate {};
template <typename First, typename... Rest>
struct FirstAndRest {};

inline namespace v1 {
struct Member {
  int field;
};
template <typename T>
struct Outer {
  struct Inner {};
};
}  // namespace v1

namespace {
struct Hidden {
  struct Inner {};
};
template <typename T>
struct HiddenTemplate {};
}  // namespace

struct WithUnnamed {
  struct {
    int x;
  } unnamed;
};

// Each names a type of its own scope.
struct Scopes {
  std::string in_constructor, in_destructor;
  explicit Scopes(std::string* destructor = nullptr) : destructor_(destructor) {
    struct Local {};
    in_constructor = typeid(Local).name();
  }
  ~Scopes() {
    struct Local {};
    if (destructor_ != nullptr) *destructor_ = typeid(Local).name();
  }
  const char* in_const() const {
    struct Local {};
    return typeid(Local).name();
  }
  const char* in_volatile_reference() volatile& {
    struct Local {};
    return typeid(Local).name();
  }
  const char* operator+(const Scopes&) {
    struct Local {};
    return typeid(Local).name();
  }
  const char* operator()(int, const char*) const {
    struct Local {};
    return typeid(Local).name();
  }
  template <typename T>
  const char* operator<(T) const {
    struct Local {};
    return typeid(Local).name();
  }

 private:
  std::string* destructor_;
};

template <typename T>
struct ClassTemplate {
  const char* member(T) {
    struct Local {};
    return typeid(Local).name();
  }
  template <typename U>
  const char* member_template(T, U*) {
    struct Local {};
    return typeid(Local).name();
  }
};

template <typename T, typename U>
const char* function_template(T, const U&, std::map<T, U>*) {
  struct Local {
    struct Inner {};
  };
  return typeid(typename Local::Inner).name();
}

std::vector<std::string> local_type_names() {
  std::vector<std::string> names;
  std::string in_destructor;
  {
    Scopes scopes{&in_destructor};
    names = {scopes.in_constructor, scopes.in_const(), scopes.in_volatile_reference(),
             scopes + scopes,       scopes(1, ""),     scopes < 'c'};
  }
  names.push_back(in_destructor);
  names.emplace_back(ClassTemplate<int>{}.member(1));
  names.emplace_back(ClassTemplate<std::string>{}.member(""));
  names.emplace_back(ClassTemplate<int>{}.member_template(1, static_cast<char*>(nullptr)));
  std::map<int, char> map;
  names.emplace_back(function_template(1, 'c', &map));
  {
    struct Local {};
    names.emplace_back(typeid(Local).name());
  }
  struct Local {
    struct Inner {};
  };
  names.emplace_back(typeid(Local).name());
  names.emplace_back(typeid(std::map<Local, Local::Inner>).name());
  return names;
}

std::vector<std::string> lambda_names() {
  const auto plain = [] {
    struct InLambda {};
    return typeid(InLambda).name();
  };
  const auto taking = [](int, const std::vector<int>&) {};
  return {typeid(plain).name(), typeid(taking).name(), plain()};
}

}  // namespace type_name_test

namespace {

using namespace type_name_test;
using dblog::test::readable;

std::string demangled(const std::string& mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text{
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), &std::free};
  return text ? text.get() : "NOT A TYPE";
}

void check_each(const std::vector<std::string>& mangled_names) {
  for (const std::string& mangled : mangled_names) {
    INFO(mangled);
    CHECK(readable(mangled) == demangled(mangled));
  }
}

template <typename... T>
std::vector<std::string> names_of() {
  return {typeid(Box<T>).name()..., typeid(Types<T, Box<T>, T>).name()...};
}

}  // namespace

TEST_CASE("type name: reads built-in types") {
  check_each(names_of<void, bool, char, signed char, unsigned char, short, unsigned short, int,
                      unsigned, long, unsigned long, long long, unsigned long long, float, double,
                      long double, wchar_t, char8_t, char16_t, char32_t, std::nullptr_t>());
  for (const char* code : {"i", "b", "Dn", "n", "o", "g", "z"}) check_each({code});
}

TEST_CASE("type name: reads pointers, references and qualifiers in their order") {
  check_each(
      names_of<int*, const int*, int* const, const char* const* volatile*, const volatile int,
               int* __restrict, int&, int&&, const int&, int* const volatile* __restrict const&>());
}

TEST_CASE("type name: reads arrays and what points to them") {
  check_each(names_of<int[3], const int[2][3], int[], int* [3], int(*)[3], int(&)[3], int*(&&)[3],
                      int(*(*)[2])[3], int(*const)[3], int(**[2])[3]>());
}

TEST_CASE("type name: reads functions and what points to them") {
  check_each(names_of<void(), void(int, ...), int*(int*), void() const, void() volatile&,
                      void() const&& noexcept, void() noexcept, void (*)(), void (**)(int),
                      void (&)(), void (*const)(), void (*(*)())(), int(*(*)())[3],
                      int(&(*)(char))[3], void (*(*(*)())())(), int (*)(int (*)(int)), void (*())(),
                      int(*(*[4])(int))[3], void (*)() noexcept>());
}

TEST_CASE("type name: reads pointers to members") {
  check_each(names_of<int Member::*, const int Member::*, int Member::*const, void (Member::*)(),
                      void (Member::*)() const& noexcept, int(Member::*)[3], int (*Member::*)(int),
                      void (Member::**)(), void (*(Member::*)())(), void (Member::*(*)())(),
                      int Member::* (*)(int), int Member::*Member::*, void (Outer<int>::*&)(),
                      int Member::*[3]>());
}

TEST_CASE("type name: reads classes, namespaces and nested templates") {
  check_each(names_of<Member, Outer<int>, Outer<Outer<Member>>::Inner, Hidden, Hidden::Inner,
                      HiddenTemplate<Hidden>, Plain, Scoped, Types<>, Types<Types<>, Types<>>,
                      Types<int>::Inner<char>, Types<>::Inner<>, OfTemplate<std::vector>,
                      OfTemplate<Types>, FirstAndRest<int>, FirstAndRest<Types<int>>,
                      FirstAndRest<int, char, Types<int>>, FirstAndRest<FirstAndRest<int>>>());
}

TEST_CASE("type name: reads values as template arguments") {
  check_each(
      names_of<Values<>, Values<1, -1>, Values<1U>, Values<1L, -1L>, Values<1UL>, Values<1LL>,
               Values<1ULL>, Values<true, false>, Values<'a'>, Values<static_cast<signed char>(-5)>,
               Values<static_cast<short>(3)>, Values<L'a'>, Values<five, minus_three>,
               Values<Scoped::seven>, Values<nullptr>>());
  check_each({"6ValuesIJLd3ff8000000000000ELfc0100000EEE"});
}

TEST_CASE("type name: reads the standard library's types") {
  check_each(
      names_of<std::string, std::wstring, std::vector<std::string>,
               std::map<std::string, std::map<std::string, std::vector<std::pair<int, char>>>>,
               std::unique_ptr<int>, std::shared_ptr<Hidden>, std::function<void(int)>,
               std::variant<int, std::string>, std::array<int, 3>, std::optional<std::string>,
               std::chrono::system_clock::time_point, std::complex<double>, std::istream,
               std::ostream, std::iostream, std::allocator<int>, std::tuple<>,
               std::vector<bool>::iterator, std::basic_string<char, std::char_traits<char>>,
               std::unordered_map<std::string, std::function<int(const std::string&)>>>());
  check_each({"Ss", "Sa", "Sb", "Si", "So", "Sd", "SaIcE", "SbIcSt11char_traitsIcESaIcEE",
              "NSs4_RepE", "PSs", "Cd", "PCf"});
}

TEST_CASE("type name: reads the exceptions that a program meets") {
  check_each({typeid(std::bad_alloc).name(), typeid(std::runtime_error).name(),
              typeid(std::ios_base::failure).name(), typeid(std::system_error).name(),
              typeid(std::filesystem::filesystem_error).name(), typeid(std::regex_error).name(),
              typeid(std::future_error).name(), typeid(std::bad_variant_access).name(),
              typeid(const char*).name()});
  CHECK(readable(typeid(std::ios_base::failure).name()) == "std::ios_base::failure[abi:cxx11]");
}

TEST_CASE("type name: reads types local to functions of every kind") {
  check_each(local_type_names());
  check_each({"Z4mainE5Local", "Z4mainE5Local_0", "Z4mainE5Local__12_", "ZL3foovE5Local"});
}

TEST_CASE("type name: reads lambdas and unnamed types") {
  check_each(lambda_names());
  check_each({typeid(decltype(WithUnnamed::unnamed)).name(), "Z4mainEUlvE_", "Z4mainEUliRKSsE0_",
              "Z4mainEUt_", "Z4mainEUt10_", "ZZ4mainENKUlvE_clEvE5Local"});
}
