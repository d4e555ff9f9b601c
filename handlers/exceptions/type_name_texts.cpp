// The texts that one or two letters of a mangled name stand for (Itanium C++ ABI, "5.1 External
// Names"), as libstdc++'s demangler spells them.
// Context: crash time
#include "handlers/exceptions/type_name_tree.hpp"

namespace dblog::crash::type_name {
namespace {

// How a literal of the type is written.
enum class Literal : std::uint8_t { with_type, suffix, boolean, floating };

struct Text {
  char code[3];  ///< "Dn" for nullptr_t, "Ss" for std::string, "pl" for operator+.
  Literal literal;
  const char* text;
  const char* literal_suffix;
};

constexpr Text kTexts[] = {
    {"v", Literal::with_type, "void", ""},
    {"w", Literal::with_type, "wchar_t", ""},
    {"b", Literal::boolean, "bool", ""},
    {"c", Literal::with_type, "char", ""},
    {"a", Literal::with_type, "signed char", ""},
    {"h", Literal::with_type, "unsigned char", ""},
    {"s", Literal::with_type, "short", ""},
    {"t", Literal::with_type, "unsigned short", ""},
    {"i", Literal::suffix, "int", ""},
    {"j", Literal::suffix, "unsigned int", "u"},
    {"l", Literal::suffix, "long", "l"},
    {"m", Literal::suffix, "unsigned long", "ul"},
    {"x", Literal::suffix, "long long", "ll"},
    {"y", Literal::suffix, "unsigned long long", "ull"},
    {"n", Literal::with_type, "__int128", ""},
    {"o", Literal::with_type, "unsigned __int128", ""},
    {"f", Literal::floating, "float", ""},
    {"d", Literal::floating, "double", ""},
    {"e", Literal::floating, "long double", ""},
    {"g", Literal::floating, "__float128", ""},
    {"z", Literal::with_type, "...", ""},
    {"Dn", Literal::with_type, "decltype(nullptr)", ""},
    {"Di", Literal::with_type, "char32_t", ""},
    {"Ds", Literal::with_type, "char16_t", ""},
    {"Du", Literal::with_type, "char8_t", ""},
    {"St", Literal::with_type, "std", ""},
    {"Sa", Literal::with_type, "std::allocator", ""},
    {"Sb", Literal::with_type, "std::basic_string", ""},
    {"Ss", Literal::with_type, "std::string", ""},
    {"Si", Literal::with_type, "std::istream", ""},
    {"So", Literal::with_type, "std::ostream", ""},
    {"Sd", Literal::with_type, "std::iostream", ""},
    {"nw", Literal::with_type, " new", ""},
    {"na", Literal::with_type, " new[]", ""},
    {"dl", Literal::with_type, " delete", ""},
    {"da", Literal::with_type, " delete[]", ""},
    {"co", Literal::with_type, "~", ""},
    {"pl", Literal::with_type, "+", ""},
    {"mi", Literal::with_type, "-", ""},
    {"ml", Literal::with_type, "*", ""},
    {"dv", Literal::with_type, "/", ""},
    {"rm", Literal::with_type, "%", ""},
    {"an", Literal::with_type, "&", ""},
    {"or", Literal::with_type, "|", ""},
    {"eo", Literal::with_type, "^", ""},
    {"aS", Literal::with_type, "=", ""},
    {"pL", Literal::with_type, "+=", ""},
    {"mI", Literal::with_type, "-=", ""},
    {"mL", Literal::with_type, "*=", ""},
    {"dV", Literal::with_type, "/=", ""},
    {"rM", Literal::with_type, "%=", ""},
    {"aN", Literal::with_type, "&=", ""},
    {"oR", Literal::with_type, "|=", ""},
    {"eO", Literal::with_type, "^=", ""},
    {"ls", Literal::with_type, "<<", ""},
    {"rs", Literal::with_type, ">>", ""},
    {"lS", Literal::with_type, "<<=", ""},
    {"rS", Literal::with_type, ">>=", ""},
    {"eq", Literal::with_type, "==", ""},
    {"ne", Literal::with_type, "!=", ""},
    {"lt", Literal::with_type, "<", ""},
    {"gt", Literal::with_type, ">", ""},
    {"le", Literal::with_type, "<=", ""},
    {"ge", Literal::with_type, ">=", ""},
    {"ss", Literal::with_type, "<=>", ""},
    {"nt", Literal::with_type, "!", ""},
    {"aa", Literal::with_type, "&&", ""},
    {"oo", Literal::with_type, "||", ""},
    {"pp", Literal::with_type, "++", ""},
    {"mm", Literal::with_type, "--", ""},
    {"cm", Literal::with_type, ",", ""},
    {"pm", Literal::with_type, "->*", ""},
    {"pt", Literal::with_type, "->", ""},
    {"cl", Literal::with_type, "()", ""},
    {"ix", Literal::with_type, "[]", ""},
    {"ng", Literal::with_type, "-", ""},
    {"ps", Literal::with_type, "+", ""},
    {"ad", Literal::with_type, "&", ""},
    {"de", Literal::with_type, "*", ""},
};

std::uint16_t find(char first, char second) noexcept {
  std::uint16_t number = 0;
  for (const Text& text : kTexts) {
    if (text.code[0] == first && text.code[1] == second) return number;
    ++number;
  }
  return kNoText;
}

}  // namespace

const char* fixed_text(std::uint16_t number) noexcept { return kTexts[number].text; }

std::uint16_t builtin_text(char code, bool after_d) noexcept {
  return after_d ? find('D', code) : find(code, '\0');
}

std::uint16_t standard_text(char code) noexcept { return find('S', code); }

bool is_standard_text(std::uint16_t number) noexcept { return kTexts[number].code[0] == 'S'; }

// Types, which are in the same table, have one letter or begin with a capital.
std::uint16_t operator_text(char first, char second) noexcept {
  const bool is_operator = first >= 'a' && first <= 'z' && second != '\0';
  return is_operator ? find(first, second) : kNoText;
}

const char* literal_suffix(std::uint16_t number) noexcept {
  const Text& text = kTexts[number];
  return text.literal == Literal::suffix ? text.literal_suffix : nullptr;
}

bool is_bool_text(std::uint16_t number) noexcept {
  return kTexts[number].literal == Literal::boolean;
}

bool is_floating_text(std::uint16_t number) noexcept {
  return kTexts[number].literal == Literal::floating;
}

}  // namespace dblog::crash::type_name
