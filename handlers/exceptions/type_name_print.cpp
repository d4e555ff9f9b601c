// The printer. C++ writes a type around what it declares: "int (*" before, ") [5]" behind; each
// node prints its two halves, spaced as libstdc++'s demangler does.
// Context: crash time
#include <cstring>
#include <string_view>

#include "handlers/exceptions/type_name_tree.hpp"

namespace dblog::crash::type_name {
namespace {

constexpr std::string_view kEllipsis = "…";

class Printer {
 public:
  Printer(const Tree& tree, char* out, std::size_t size) noexcept
      : tree_(tree), out_(out), room_(size - 1) {}

  bool print(NodeIndex type) noexcept {
    put_whole(type);
    if (failed_) return false;
    if (is_full_ && !put_ellipsis()) return false;
    out_[used_] = '\0';
    return true;
  }

 private:
  [[nodiscard]] const Node& node(NodeIndex index) const noexcept { return tree_.nodes[index]; }

  // What does not fit is cut, and ends the printing: see enter().
  void put(const char* text, std::size_t length) noexcept {
    if (length == 0 || is_full_) return;
    last_ = text[length - 1];
    is_full_ = length > room_ - used_;
    if (is_full_) length = room_ - used_;
    std::memcpy(out_ + used_, text, length);
    used_ += length;
  }
  void put(std::string_view text) noexcept { put(text.data(), text.size()); }

  void put_number(unsigned number) noexcept {
    char digits[10];
    std::size_t start = sizeof digits;
    do {
      digits[--start] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    put(digits + start, sizeof digits - start);
  }

  bool put_ellipsis() noexcept {
    if (room_ < kEllipsis.size()) return false;
    if (used_ > room_ - kEllipsis.size()) used_ = room_ - kEllipsis.size();
    while (used_ > 0 && (static_cast<unsigned char>(out_[used_]) & 0xC0) == 0x80) --used_;
    std::memcpy(out_ + used_, kEllipsis.data(), kEllipsis.size());
    used_ += kEllipsis.size();
    return true;
  }

  void put_whole(NodeIndex index) noexcept {
    put_left(index, Kind::list);
    put_right(index, Kind::list);
  }

  void put_left(NodeIndex index, Kind parent) noexcept;
  void put_right(NodeIndex index, Kind parent) noexcept;
  void put_name(const Node& name) noexcept;
  void put_template_instance(const Node& instance) noexcept;
  void put_function_left(const Node& function, Kind parent) noexcept;
  void put_function_right(const Node& function, Kind parent) noexcept;
  void put_list(NodeIndex list, bool& is_first) noexcept;
  void put_parameters(const Node& function) noexcept;
  void put_literal(const Node& literal) noexcept;

  // False when it is time to stop; then nothing more is printed.
  bool enter() noexcept {
    if (failed_ || is_full_) return false;
    failed_ = depth_ == kMaxPrintDepth || ++steps_ > kMaxPrintSteps;
    return !failed_;
  }

  const Tree& tree_;
  char* out_;
  std::size_t room_;  ///< Without the NUL.
  std::size_t used_ = 0;
  int depth_ = 0;
  int steps_ = 0;
  char last_ = '\0';
  bool is_full_ = false;
  bool failed_ = false;
};

bool is_pointer_like(Kind kind) noexcept {
  return kind == Kind::pointer || kind == Kind::lvalue_reference ||
         kind == Kind::rvalue_reference || kind == Kind::member_pointer;
}

std::string_view modifier_text(Kind kind) noexcept {
  switch (kind) {
    case Kind::pointer:
      return "*";
    case Kind::lvalue_reference:
      return "&";
    case Kind::rvalue_reference:
      return "&&";
    case Kind::const_qualified:
      return " const";
    case Kind::volatile_qualified:
      return " volatile";
    case Kind::restrict_qualified:
      return " restrict";
    case Kind::complex:
      return " _Complex";
    default:
      return {};
  }
}

void Printer::put_left(NodeIndex index, Kind parent) noexcept {
  if (!enter()) return;
  ++depth_;
  const Node& n = node(index);
  if (const std::string_view modifier = modifier_text(n.kind); !modifier.empty()) {
    put_left(n.a, n.kind);
    put(modifier);
  } else if (n.kind == Kind::member_pointer) {
    put_left(n.b, n.kind);
    if (last_ != '(') put(" ");
    put_whole(n.a);
    put("::*");
  } else if (n.kind == Kind::array) {
    put_left(n.a, n.kind);
    if (is_pointer_like(parent)) put(" (");
  } else if (n.kind == Kind::function) {
    put_function_left(n, parent);
  } else {
    put_name(n);
  }
  --depth_;
}

void Printer::put_right(NodeIndex index, Kind parent) noexcept {
  if (!enter()) return;
  ++depth_;
  const Node& n = node(index);
  if (!modifier_text(n.kind).empty()) {
    put_right(n.a, n.kind);
  } else if (n.kind == Kind::member_pointer) {
    put_right(n.b, n.kind);
  } else if (n.kind == Kind::array) {
    if (is_pointer_like(parent)) put(")");
    put(parent == Kind::array ? "[" : " [");
    put(tree_.mangled + n.b, n.flags);
    put("]");
    put_right(n.a, n.kind);
  } else if (n.kind == Kind::function) {
    put_function_right(n, parent);
  }
  --depth_;
}

void Printer::put_function_left(const Node& function, Kind parent) noexcept {
  put_left(function.a, Kind::function);
  if (!wraps_declarator(tree_, function.a)) put(" ");
  if (!is_pointer_like(parent)) return;
  const bool needs_space = parent == Kind::member_pointer || (last_ != '(' && last_ != '*');
  if (needs_space && last_ != ' ') put(" ");
  put("(");
}

void Printer::put_function_right(const Node& function, Kind parent) noexcept {
  if (is_pointer_like(parent)) put(")");
  put_parameters(function);
  put_right(function.a, Kind::function);
}

void Printer::put_parameters(const Node& function) noexcept {
  bool is_first = true;
  put("(");
  put_list(function.b, is_first);
  put(")");
  if ((function.flags & kNoexcept) != 0) put(" noexcept");
  if ((function.flags & kConst) != 0) put(" const");
  if ((function.flags & kVolatile) != 0) put(" volatile");
  if ((function.flags & kRestrict) != 0) put(" restrict");
  if ((function.flags & kLvalue) != 0) put(" &");
  if ((function.flags & kRvalue) != 0) put(" &&");
}

void Printer::put_name(const Node& n) noexcept {
  switch (n.kind) {
    case Kind::source_name:
      return put(tree_.mangled + n.a, n.b);
    case Kind::fixed_text:
      return put(fixed_text(n.a));
    case Kind::operator_name:
      put("operator");
      return put(fixed_text(n.a));
    case Kind::anonymous:
      return put("(anonymous namespace)");
    case Kind::destructor:
      put("~");
      return put_whole(n.a);
    case Kind::literal:
      return put_literal(n);
    case Kind::template_instance:
      return put_template_instance(n);
    case Kind::nested:
      put_whole(n.a);
      put("::");
      return put_whole(n.b);
    case Kind::tagged:
      put_whole(n.a);
      put("[abi:");
      put_whole(n.b);
      return put("]");
    case Kind::function_name:
      put_whole(n.a);
      return put_parameters(node(n.b));
    case Kind::unnamed_type:
      put("{unnamed type#");
      put_number(n.a);
      return put("}");
    case Kind::lambda: {
      bool is_first = true;
      put("{lambda(");
      put_list(n.a, is_first);
      put(")#");
      put_number(n.b);
      return put("}");
    }
    default:
      failed_ = true;
  }
}

void Printer::put_template_instance(const Node& instance) noexcept {
  bool is_first = true;
  put_whole(instance.a);
  put(last_ == '<' ? " <" : "<");
  put_list(instance.b, is_first);
  put(last_ == '>' ? " >" : ">");
}

void Printer::put_list(NodeIndex list, bool& is_first) noexcept {
  for (; list != kNone; list = node(list).b) {
    if (!enter()) return;
    const Node& item = node(node(list).a);
    if (item.kind == Kind::pack) {
      put_list(item.a, is_first);
      // The demangler takes back a ", " here, and then writes ">>" without its space.
      if (item.a == kNone && !is_first) last_ = ' ';
      continue;
    }
    if (!is_first) put(", ");
    is_first = false;
    put_whole(node(list).a);
  }
}

void Printer::put_literal(const Node& literal) noexcept {
  const Node& type = node(literal.a);
  const char* value = tree_.mangled + literal.b;
  std::size_t length = literal.flags;
  const bool is_fixed = type.kind == Kind::fixed_text;
  if (is_fixed && is_bool_text(type.a) && length == 1 && *value <= '1') {
    return put(*value == '1' ? "true" : "false");
  }
  const char* suffix = is_fixed ? literal_suffix(type.a) : nullptr;
  const bool is_floating = is_fixed && is_floating_text(type.a);
  if (suffix == nullptr) {
    put("(");
    put_whole(literal.a);
    put(")");
  }
  if (*value == 'n') {
    put("-");
    ++value;
    --length;
  }
  if (is_floating) put("[");
  put(value, length);
  if (is_floating) put("]");
  if (suffix != nullptr) put(suffix);
}

}  // namespace

bool wraps_declarator(const Tree& tree, NodeIndex type) noexcept {
  while (true) {
    const Node& n = tree.nodes[type];
    if (n.kind == Kind::function || n.kind == Kind::array) return true;
    if (n.kind == Kind::member_pointer) {
      type = n.b;
    } else if (!modifier_text(n.kind).empty()) {
      type = n.a;
    } else {
      return false;
    }
  }
}

bool print(const Tree& tree, NodeIndex type, char* out, std::size_t size) noexcept {
  return Printer{tree, out, size}.print(type);
}

}  // namespace dblog::crash::type_name
