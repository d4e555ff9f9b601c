// One pass. At each '<' the arguments are read first, each by itself; then those that the template
// before it has by default are dropped from the end, and what is left may have a name of its own.
#include "src/text/type_text.hpp"

#include <cctype>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace dblog::text {
namespace {

constexpr std::size_t kMaxName = 8'192;
constexpr std::size_t kMaxDepth = 64;

// "$1" is the template's first argument. A template stands here once for each of its defaults, the
// last argument first. "std::" is left out everywhere.
struct Default {
  std::string_view name;
  std::size_t position;  ///< Of the argument, from 1.
  std::string_view argument;
};

constexpr Default kDefaults[] = {
    {"basic_string", 3, "allocator<$1>"},
    {"basic_string", 2, "char_traits<$1>"},
    {"basic_string_view", 2, "char_traits<$1>"},
    {"basic_ios", 2, "char_traits<$1>"},
    {"basic_streambuf", 2, "char_traits<$1>"},
    {"basic_istream", 2, "char_traits<$1>"},
    {"basic_ostream", 2, "char_traits<$1>"},
    {"basic_iostream", 2, "char_traits<$1>"},
    {"basic_filebuf", 2, "char_traits<$1>"},
    {"basic_ifstream", 2, "char_traits<$1>"},
    {"basic_ofstream", 2, "char_traits<$1>"},
    {"basic_fstream", 2, "char_traits<$1>"},
    {"basic_stringbuf", 3, "allocator<$1>"},
    {"basic_stringbuf", 2, "char_traits<$1>"},
    {"basic_istringstream", 3, "allocator<$1>"},
    {"basic_istringstream", 2, "char_traits<$1>"},
    {"basic_ostringstream", 3, "allocator<$1>"},
    {"basic_ostringstream", 2, "char_traits<$1>"},
    {"basic_stringstream", 3, "allocator<$1>"},
    {"basic_stringstream", 2, "char_traits<$1>"},
    {"istreambuf_iterator", 2, "char_traits<$1>"},
    {"ostreambuf_iterator", 2, "char_traits<$1>"},
    {"basic_regex", 2, "regex_traits<$1>"},
    {"vector", 2, "allocator<$1>"},
    {"deque", 2, "allocator<$1>"},
    {"list", 2, "allocator<$1>"},
    {"forward_list", 2, "allocator<$1>"},
    {"set", 3, "allocator<$1>"},
    {"set", 2, "less<$1>"},
    {"multiset", 3, "allocator<$1>"},
    {"multiset", 2, "less<$1>"},
    {"map", 4, "allocator<pair<$1 const, $2>>"},
    {"map", 3, "less<$1>"},
    {"multimap", 4, "allocator<pair<$1 const, $2>>"},
    {"multimap", 3, "less<$1>"},
    {"unordered_set", 4, "allocator<$1>"},
    {"unordered_set", 3, "equal_to<$1>"},
    {"unordered_set", 2, "hash<$1>"},
    {"unordered_multiset", 4, "allocator<$1>"},
    {"unordered_multiset", 3, "equal_to<$1>"},
    {"unordered_multiset", 2, "hash<$1>"},
    {"unordered_map", 5, "allocator<pair<$1 const, $2>>"},
    {"unordered_map", 4, "equal_to<$1>"},
    {"unordered_map", 3, "hash<$1>"},
    {"unordered_multimap", 5, "allocator<pair<$1 const, $2>>"},
    {"unordered_multimap", 4, "equal_to<$1>"},
    {"unordered_multimap", 3, "hash<$1>"},
    {"stack", 2, "deque<$1>"},
    {"queue", 2, "deque<$1>"},
    {"priority_queue", 3, "less<$1>"},
    {"priority_queue", 2, "vector<$1>"},
    {"unique_ptr", 2, "default_delete<$1>"},
    {"chrono::time_point", 2, "chrono::nanoseconds"},
};

// With "std::" before both sides, when all that is default is gone.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"basic_string<char>", "string"},
    {"basic_string<wchar_t>", "wstring"},
    {"basic_string<char8_t>", "u8string"},
    {"basic_string<char16_t>", "u16string"},
    {"basic_string<char32_t>", "u32string"},
    {"basic_string_view<char>", "string_view"},
    {"basic_string_view<wchar_t>", "wstring_view"},
    {"basic_ios<char>", "ios"},
    {"basic_streambuf<char>", "streambuf"},
    {"basic_istream<char>", "istream"},
    {"basic_ostream<char>", "ostream"},
    {"basic_iostream<char>", "iostream"},
    {"basic_filebuf<char>", "filebuf"},
    {"basic_ifstream<char>", "ifstream"},
    {"basic_ofstream<char>", "ofstream"},
    {"basic_fstream<char>", "fstream"},
    {"basic_stringbuf<char>", "stringbuf"},
    {"basic_istringstream<char>", "istringstream"},
    {"basic_ostringstream<char>", "ostringstream"},
    {"basic_stringstream<char>", "stringstream"},
    {"basic_regex<char>", "regex"},
    {"chrono::duration<long, ratio<1l, 1000000000l>>", "chrono::nanoseconds"},
    {"chrono::duration<long, ratio<1l, 1000000l>>", "chrono::microseconds"},
    {"chrono::duration<long, ratio<1l, 1000l>>", "chrono::milliseconds"},
    {"chrono::duration<long, ratio<1l, 1l>>", "chrono::seconds"},
    {"chrono::duration<long, ratio<60l, 1l>>", "chrono::minutes"},
    {"chrono::duration<long, ratio<3600l, 1l>>", "chrono::hours"},
};

constexpr std::string_view kStd = "std::";
// Inside of a namespace of the standard library, where no program writes them.
constexpr std::string_view kInlineNamespaces[] = {
    "__cxx11::", "__1::", "__ndk1::", "_V2::", "__8::", "__cxx1998::"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The qualified name at the end of `text`: "std::vector" of "f(std::vector"; empty if it is longer
/// than any of the library's.
std::string_view last_name(std::string_view text) {
  constexpr std::size_t kLongest = 100;
  std::size_t size = 0;
  while (size < text.size()) {
    const char c = text[text.size() - size - 1];
    if (!is_word(c) && c != ':') break;
    if (++size > kLongest) return {};
  }
  return text.substr(text.size() - size);
}

/// "allocator<pair<$1 const, $2>>" with the arguments put in, and "std::" before each name.
std::string filled_in(std::string_view pattern, const std::vector<std::string>& arguments) {
  std::string text;
  bool is_start = true;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '$') {
      text += arguments[static_cast<std::size_t>(pattern[++i] - '1')];
      is_start = false;
      continue;
    }
    const bool is_name = is_word(pattern[i]) && is_start;
    if (is_name && pattern.substr(i, 5) != "const") text += kStd;
    text += pattern[i];
    is_start = pattern[i] == '<' || pattern[i] == ' ';
  }
  return text;
}

void drop_defaults(std::string_view name, std::vector<std::string>& arguments) {
  if (!name.starts_with(kStd)) return;
  name.remove_prefix(kStd.size());
  for (const Default& known : kDefaults) {
    if (known.name != name || known.position != arguments.size()) continue;
    if (arguments.back() != filled_in(known.argument, arguments)) return;
    arguments.pop_back();
  }
}

std::string joined(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) {
    if (!text.empty()) text += ", ";
    text += argument;
  }
  return text;
}

class Reading {
 public:
  explicit Reading(std::string_view text) : text_(text) {}

  /// Nothing if the brackets do not fit together.
  std::optional<std::string> whole() {
    std::string name = piece("", 0);
    return is_lost_ || at_ < text_.size() ? std::nullopt : std::optional(std::move(name));
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  // Up to one of `ends` outside of brackets, which is not taken; to the end without any.
  std::string piece(std::string_view ends, std::size_t depth) {
    std::string out;
    is_lost_ = is_lost_ || depth > kMaxDepth;
    while (!is_lost_ && at_ < text_.size()) {
      const char c = text_[at_];
      if (take_operator(out) || take_namespace(out) || take_tag()) continue;
      if (ends.find(c) != std::string_view::npos) return out;
      switch (c) {
        case '<':
          take_arguments(out, depth);
          break;
        case '(':
          take_bracketed(out, ')', depth);
          break;
        case '{':
          take_bracketed(out, '}', depth);
          break;
        case '[':
          take_bracketed(out, ']', depth);
          break;
        case '-':
          out += c;
          if (rest().starts_with("->")) out += text_[++at_];
          ++at_;
          break;
        case '>':
        case ')':
        case '}':
        case ']':
          is_lost_ = true;
          break;
        default:
          out += c;
          ++at_;
      }
    }
    is_lost_ = is_lost_ || !ends.empty();
    return out;
  }

  bool take_operator(std::string& out) {
    constexpr std::string_view kWord = "operator";
    constexpr std::string_view kSigns[] = {"()", "[]", "<=>", "<<=", ">>=", "->*", "<<", ">>",
                                           "<=", ">=", "->",  "<",   ">",   "-=",  "--", "-"};
    if (!rest().starts_with(kWord) || (!out.empty() && is_word(out.back()))) return false;
    out += kWord;
    at_ += kWord.size();
    for (const std::string_view sign : kSigns) {
      if (!rest().starts_with(sign)) continue;
      out += sign;
      at_ += sign.size();
      break;
    }
    return true;
  }

  bool take_namespace(const std::string& out) {
    if (!out.ends_with("::") || !last_name(out).starts_with(kStd)) return false;
    for (const std::string_view name : kInlineNamespaces) {
      if (!rest().starts_with(name)) continue;
      at_ += name.size();
      return true;
    }
    return false;
  }

  bool take_tag() {
    constexpr std::string_view kTag = "[abi:cxx11]";
    if (!rest().starts_with(kTag)) return false;
    at_ += kTag.size();
    return true;
  }

  void take_bracketed(std::string& out, char closer, std::size_t depth) {
    out += text_[at_++];
    out += piece(std::string_view(&closer, 1), depth + 1);
    if (is_lost_) return;
    out += closer;
    ++at_;
  }

  void take_arguments(std::string& out, std::size_t depth) {
    std::vector<std::string> arguments;
    do {
      ++at_;  // '<' or ','
      while (rest().starts_with(' ')) ++at_;
      std::string argument = piece(",>", depth + 1);
      argument.erase(argument.find_last_not_of(' ') + 1);
      arguments.push_back(std::move(argument));
    } while (!is_lost_ && text_[at_] == ',');
    if (is_lost_) return;
    ++at_;
    const std::string name{last_name(out)};
    drop_defaults(name, arguments);
    if (take_iterator(out, name, arguments) || take_alias(out, name, arguments)) return;
    out += '<' + joined(arguments) + '>';
  }

  // libstdc++'s class for the iterators of arrays: its second argument is the container.
  static bool take_iterator(std::string& out, std::string_view name,
                            const std::vector<std::string>& arguments) {
    if (name != "__gnu_cxx::__normal_iterator" || arguments.size() != 2) return false;
    const bool is_const = arguments.front().ends_with(" const*");
    out.resize(out.size() - name.size());
    out.append(arguments.back()).append(is_const ? "::const_iterator" : "::iterator");
    return true;
  }

  // And the constructor or destructor that follows has the alias' name: "std::string::string".
  bool take_alias(std::string& out, std::string_view name,
                  const std::vector<std::string>& arguments) {
    if (!name.starts_with(kStd)) return false;
    std::string wanted{name.substr(kStd.size())};
    for (const auto& [shape, alias] : kAliases) {
      const std::size_t angle = shape.find('<');
      if (shape.substr(0, angle) != wanted) continue;
      const std::string_view inside = shape.substr(angle + 1, shape.size() - angle - 2);
      if (joined(arguments) != filled_in_words(inside)) continue;
      out.resize(out.size() - name.size());
      out.append(kStd).append(alias);
      const std::string_view own = shape.substr(0, angle);
      for (const std::string_view before : {"::", "::~"}) {
        const std::string member = std::string(before).append(own);
        const bool is_member = rest().starts_with(member) &&
                               !(rest().size() > member.size() && is_word(rest()[member.size()]));
        if (!is_member) continue;
        out.append(before).append(alias);
        at_ += member.size();
      }
      return true;
    }
    return false;
  }

  // "long, ratio<1l, 1000l>": of the aliases' arguments only ratio is the library's.
  static std::string filled_in_words(std::string_view inside) {
    std::string text{inside};
    if (const auto ratio = text.find("ratio<"); ratio != std::string::npos) {
      text.insert(ratio, kStd);
    }
    return text;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  bool is_lost_ = false;
};

}  // namespace

std::string readable_name(std::string_view name) {
  if (name.size() > kMaxName) return std::string(name);
  return Reading(name).whole().value_or(std::string(name));
}

}  // namespace dblog::text
