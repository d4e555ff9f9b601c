// One pass over the name. What stands in brackets is skipped whole; a blank outside of them ends a
// return type, and what was kept so far is dropped.
#include "src/grouping/plain_name.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

namespace dblog::grouping {
namespace {

// Longer ones are template expansions that differ far from their beginning, if at all.
constexpr std::size_t kMaxName = 8'192;
constexpr std::size_t kMaxDepth = 8;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) -
                                  text.begin());
}

/// The size of the bracketed text at the start of `text`, brackets included; all of it if none
/// closes. In "<…>" the signs of operators are no brackets ("operator->", "(a > b)").
std::size_t bracketed_size(std::string_view text) {
  std::string closers;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(') closers += ')';
    if (c == '[') closers += ']';
    if (c == '{') closers += '}';
    if (c == '<' && (closers.empty() || closers.back() == '>')) closers += '>';
    const bool is_arrow = c == '>' && i > 0 && text[i - 1] == '-';
    if (!closers.empty() && c == closers.back() && !is_arrow) closers.pop_back();
    if (closers.empty()) return i + 1;
  }
  return text.size();
}

class NameScan {
 public:
  NameScan(std::string_view text, std::size_t depth) : text_(text), depth_(depth) {}

  std::string result() {
    while (!is_done_ && at_ < text_.size()) step();
    finish();
    return std::move(name_);
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] bool is_at_start() const { return name_.empty() || name_.ends_with("::"); }

  void step() {
    const char c = text_[at_];
    if (is_operator()) return take_operator();
    switch (c) {
      case '<':
        return take_angle();
      case '(':
        return take_parentheses();
      case '{':
        return take_braces();
      case '[':  // [abi:cxx11], [clone .cold]
        at_ += bracketed_size(rest());
        return;
      case '\'':
        return take_quoted();
      case ' ':
        return take_blanks();
      case '.':  // a compiler's suffix
      case '@':  // a symbol's version, or "@plt"
        is_done_ = !name_.empty();
        break;
      case '$':
        if (is_at_start() && rest().starts_with("$_")) return take_numbered_lambda();
        break;
      default:
        break;
    }
    if (is_done_) return;
    name_ += c;
    ++at_;
  }

  [[nodiscard]] bool is_operator() const {
    constexpr std::string_view kWord = "operator";
    const bool is_inside_word = !name_.empty() && is_word(name_.back());
    return !is_inside_word && rest().starts_with(kWord) && rest().size() > kWord.size() &&
           !is_word(rest()[kWord.size()]);
  }

  void take_operator() {
    constexpr std::string_view kSigns[] = {
        "()", "[]", "<=>", "<<=", ">>=", "->*", "<<",   ">>",    "<=",       ">=",  "==",
        "!=", "&&", "||",  "++",  "--",  "+=",  "-=",   "*=",    "/=",       "%=",  "^=",
        "&=", "|=", "->",  ",",   "+",   "-",   "*",    "/",     "%",        "^",   "&",
        "|",  "~",  "!",   "=",   "<",   ">",   "\"\"", "new[]", "delete[]", "new", "delete"};
    at_ += std::string_view("operator").size();
    std::string_view after = rest();
    const bool has_blank = after.starts_with(' ');
    if (has_blank) after.remove_prefix(1);
    for (const std::string_view sign : kSigns) {
      const bool is_name = is_word(sign.front());
      if (is_name != has_blank || !after.starts_with(sign)) continue;
      name_ += std::string("operator") + (is_name ? " " : "") + std::string(sign);
      at_ += sign.size() + (has_blank ? 1 : 0);
      if (sign == "\"\"") take_literal_suffix();
      return;
    }
    take_conversion(after);
  }

  void take_literal_suffix() {
    if (rest().starts_with(' ')) ++at_;
    while (at_ < text_.size() && is_word(text_[at_])) name_ += text_[at_++];
  }

  // "operator std::vector<int>*()": up to the parameters, without template arguments.
  void take_conversion(std::string_view after) {
    name_ += "operator ";
    at_ = text_.size() - after.size();
    while (at_ < text_.size() && text_[at_] != '(') {
      if (text_[at_] == '<') {
        at_ += bracketed_size(rest());
      } else {
        name_ += text_[at_++];
      }
    }
  }

  void take_angle() {
    const std::size_t size = bracketed_size(rest());
    if (rest().starts_with("<lambda")) {
      name_ += "{lambda}";
    } else if (name_.empty() && size > 2) {
      add_qualified(rest().substr(1, size - 2));
    }
    at_ += size;
    if (name_.ends_with("::") && rest().starts_with("::")) at_ += 2;  // Rust's "Vec::<T>::new"
  }

  // Rust: "<Type as Trait>::method".
  void add_qualified(std::string_view inside) {
    constexpr std::string_view kAs = " as ";
    if (depth_ >= kMaxDepth) return;
    const std::size_t split = inside.find(kAs);
    name_ += '<' + NameScan(inside.substr(0, split), depth_ + 1).result();
    if (split != std::string_view::npos) {
      name_ += std::string(kAs) + NameScan(inside.substr(split + kAs.size()), depth_ + 1).result();
    }
    name_ += '>';
  }

  void take_parentheses() {
    constexpr std::string_view kAnonymous = "(anonymous namespace)";
    if (rest().starts_with(kAnonymous)) {
      name_ += kAnonymous;
      at_ += kAnonymous.size();
      return;
    }
    at_ += bracketed_size(rest());
    if (name_ == "decltype") return name_.clear();  // "decltype (a + b) f<…>(…)"
    const std::size_t qualifiers = qualifiers_size();
    if (rest().substr(qualifiers).starts_with("::")) {
      at_ += qualifiers;  // what is local to a function follows: "f(int) const::Local::g()"
    } else {
      is_done_ = !name_.empty();
    }
  }

  [[nodiscard]] std::size_t qualifiers_size() const {
    std::string_view text = rest();
    for (const std::string_view word : {" const", " volatile", " noexcept", " &&", " &"}) {
      if (text.starts_with(word)) text.remove_prefix(word.size());
    }
    return rest().size() - text.size();
  }

  void take_braces() {
    std::string_view inside = rest().substr(0, bracketed_size(rest()));
    at_ += inside.size();
    name_ += '{';
    for (inside.remove_prefix(1); !inside.empty() && inside.front() == '{';) {
      inside.remove_prefix(1);  // Rust's older "{{closure}}"
    }
    while (!inside.empty() && (is_word(inside.front()) || inside.front() == ' ')) {
      name_ += inside.front();
      inside.remove_prefix(1);
    }
    name_ += '}';
  }

  // LLVM's "'lambda0'(int)::operator()".
  void take_quoted() {
    const std::size_t end = rest().find('\'', 1);
    if (end == std::string_view::npos) {
      name_ += text_[at_++];
      return;
    }
    std::string_view inside = rest().substr(1, end - 1);
    while (!inside.empty() && is_digit(inside.back())) inside.remove_suffix(1);
    name_ += '{' + std::string(inside) + '}';
    at_ += end + 1;
  }

  // Clang's "$_0".
  void take_numbered_lambda() {
    at_ += 2;
    at_ += count_digits(rest());
    name_ += "{lambda}";
  }

  void take_blanks() {
    at_ = std::min(text_.find_first_not_of(' ', at_), text_.size());
    const bool goes_on = at_ < text_.size() && text_[at_] != '[' &&
                         (text_[at_] != '(' || rest().starts_with("(anonymous namespace)"));
    if (goes_on && text_[at_] != '<') name_.clear();
    if (!rest().starts_with("(*") && !rest().starts_with("(&")) return;
    name_.clear();  // "void (*f(int))(char)": f, which returns a pointer to a function
    at_ += 2;
  }

  void finish() {
    for (const std::string_view call : {"::operator()", "::_FUN", "::__invoke"}) {
      const std::string ending = "{lambda}" + std::string(call);
      if (name_.ends_with(ending)) name_.resize(name_.size() - call.size());
    }
    // Rust's older names end in a hash of the build.
    constexpr std::size_t kHash = 19;
    if (name_.size() <= kHash || name_.compare(name_.size() - kHash, 3, "::h") != 0) return;
    const bool is_hash = std::all_of(name_.end() - 16, name_.end(),
                                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
    if (is_hash) name_.resize(name_.size() - kHash);
  }

  std::string_view text_;
  std::size_t depth_;
  std::size_t at_ = 0;
  std::string name_;
  bool is_done_ = false;
};

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

/// Without "-1.2.3", "_v2", ".6" at the end.
std::string_view without_version(std::string_view name) {
  std::size_t end = name.size();
  while (true) {
    std::size_t start = end;
    while (start > 0 && is_digit(name[start - 1])) --start;
    if (start == end || start < 2) return name.substr(0, end);
    if (name[start - 1] == 'v' && start > 2) --start;
    const char separator = name[start - 1];
    if (separator != '-' && separator != '_' && separator != '.') return name.substr(0, end);
    end = start - 1;
  }
}

}  // namespace

std::string plain_function_name(std::string_view function) {
  function = function.substr(0, kMaxName);
  std::string name = NameScan(function, 0).result();
  return on_one_line(name.empty() ? std::string(function) : std::move(name));
}

std::string plain_module_name(std::string_view path) {
  constexpr std::string_view kDeleted = " (deleted)";  // proc(5), /proc/PID/maps
  if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
  std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t library = name.find(".so");
  std::string plain{without_version(name.substr(0, library))};
  if (library != std::string_view::npos) plain += ".so";
  return on_one_line(std::move(plain));
}

}  // namespace dblog::grouping
