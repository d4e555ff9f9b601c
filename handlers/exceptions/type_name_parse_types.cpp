// The parser's part for <type> and <template-args>.
// Context: crash time
#include "handlers/exceptions/type_name_parser.hpp"

namespace dblog::crash::type_name {

NodeIndex parse(Tree& tree) noexcept { return Parser{tree}.parse_all(); }

NodeIndex Parser::make(Kind kind, std::size_t a, std::size_t b, std::size_t flags) noexcept {
  if (tree_.node_count == kMaxNodes || flags > 0xFF) return kNone;
  const auto index = static_cast<NodeIndex>(tree_.node_count++);
  tree_.nodes[index] = {kind, static_cast<std::uint8_t>(flags), static_cast<std::uint16_t>(a),
                        static_cast<std::uint16_t>(b)};
  return index;
}

bool Parser::append(List& list, NodeIndex item) noexcept {
  const NodeIndex link = item == kNone ? kNone : make(Kind::list, item);
  if (link == kNone) return false;
  (list.first == kNone ? list.first : node(list.last).b) = link;
  list.last = link;
  return true;
}

NodeIndex Parser::remember(NodeIndex candidate) noexcept {
  if (candidate == kNone || substitution_count_ == kMaxSubstitutions) return kNone;
  substitutions_[substitution_count_++] = {candidate,
                                           has_used_arguments_ ? function_arguments_ : kNone};
  return candidate;
}

// -1 if there is none, or if it is larger than any name.
int Parser::parse_number() noexcept {
  if (!is_digit(peek())) return -1;
  int number = 0;
  for (; is_digit(peek()); ++at_) {
    number = number * 10 + (peek() - '0');
    if (number > static_cast<int>(kMaxMangledSize)) return -1;
  }
  return number;
}

// "_" is 0, "0_" is 1, "1_" is 2, …; in base 36 capitals follow 9. -1 for anything else.
int Parser::parse_index(int base) noexcept {
  if (take('_')) return 0;
  int number = 0;
  const std::size_t start = at_;
  for (; is_digit(peek()) || (base == 36 && is_upper(peek())); ++at_) {
    number = number * base + (is_digit(peek()) ? peek() - '0' : peek() - 'A' + 10);
    if (number > static_cast<int>(kMaxMangledSize)) return -1;
  }
  return at_ != start && take('_') ? number + 1 : -1;
}

bool Parser::is_builtin(NodeIndex type) const noexcept {
  return kind(type) == Kind::fixed_text && !is_standard_text(node(type).a);
}

bool Parser::is_class(NodeIndex type) const noexcept {
  switch (kind(type)) {
    case Kind::source_name:
    case Kind::nested:
    case Kind::tagged:
    case Kind::template_instance:
      return true;
    case Kind::fixed_text:
      return !is_builtin(type);
    default:
      return false;
  }
}

// Whether the last part of a name is a class's, and not an operator, a constructor, …
bool Parser::names_class(NodeIndex name) const noexcept {
  while (true) {
    switch (kind(name)) {
      case Kind::nested:
        name = node(name).b;
        break;
      case Kind::tagged:
      case Kind::template_instance:
        name = node(name).a;
        break;
      case Kind::source_name:
      case Kind::fixed_text:
      case Kind::unnamed_type:
      case Kind::lambda:
        return true;
      default:
        return false;
    }
  }
}

bool Parser::is_reference(NodeIndex type) const noexcept {
  return kind(type) == Kind::lvalue_reference || kind(type) == Kind::rvalue_reference;
}

bool Parser::is_qualified(NodeIndex type) const noexcept {
  return kind(type) == Kind::const_qualified || kind(type) == Kind::volatile_qualified ||
         kind(type) == Kind::restrict_qualified;
}

bool Parser::is_void(NodeIndex type) const noexcept {
  return kind(type) == Kind::fixed_text && node(type).a == builtin_text('v', false);
}

NodeIndex Parser::parse_type() noexcept {
  const Depth depth{depth_};
  if (depth.too_deep()) return kNone;
  switch (peek()) {
    case 'r':
    case 'V':
    case 'K':
      return parse_qualified();
    case 'P':
      return parse_modified(Kind::pointer);
    case 'R':
      return parse_modified(Kind::lvalue_reference);
    case 'O':
      return parse_modified(Kind::rvalue_reference);
    case 'C':
      return parse_modified(Kind::complex);
    case 'F':
      return remember(parse_function(0));
    case 'A':
      return remember(parse_array());
    case 'M':
      return remember(parse_member_pointer());
    case 'T':
      return parse_template_parameter();
    case 'D':
      return peek(1) == 'o' ? parse_qualified() : parse_builtin();
    case 'S':
      return is_lower(peek(1)) ? parse_class() : parse_substituted_type();
    case 'N':
    case 'Z':
      return parse_class();
    default:
      return is_digit(peek()) ? parse_class() : parse_builtin();
  }
}

NodeIndex Parser::parse_builtin() noexcept {
  const bool after_d = take('D');
  const std::uint16_t text = builtin_text(peek(), after_d);
  if (text == kNoText) return kNone;
  ++at_;
  return make(Kind::fixed_text, text);
}

NodeIndex Parser::parse_class() noexcept {
  const NodeIndex name = parse_name(nullptr);
  if (name == kNone || !names_class(name)) return kNone;
  return kind(name) == Kind::fixed_text ? name : remember(name);
}

NodeIndex Parser::parse_substituted_type() noexcept {
  const NodeIndex type = parse_substitution();
  if (type == kNone || !starts_template_arguments()) return type;
  return remember(parse_template_instance(type));
}

NodeIndex Parser::parse_modified(Kind modifier) noexcept {
  ++at_;
  const NodeIndex type = parse_type();
  if (type == kNone) return kNone;
  if (modifier == Kind::complex && !is_builtin(type)) return kNone;
  // A reference to a reference, or a pointer to one, is in no compiler's mangled name.
  if (is_reference(type)) return kNone;
  return remember(make(modifier, type));
}

// In the ABI's order; anything else fails at what follows.
unsigned Parser::parse_qualifiers() noexcept {
  unsigned flags = 0;
  if (take('r')) flags |= kRestrict;
  if (take('V')) flags |= kVolatile;
  if (take('K')) flags |= kConst;
  return flags;
}

NodeIndex Parser::parse_qualified() noexcept {
  unsigned flags = parse_qualifiers();
  if (peek() == 'D' && peek(1) == 'o') {
    at_ += 2;
    flags |= kNoexcept;
  }
  // The qualifiers of a member function: with it, they are one candidate.
  if (peek() == 'F') return remember(parse_function(flags));
  if ((flags & kNoexcept) != 0) return kNone;
  NodeIndex type = parse_type();
  if (type == kNone) return kNone;
  const bool is_array_or_function = kind(type) == Kind::array || kind(type) == Kind::function;
  if (is_qualified(type) || is_reference(type) || is_array_or_function) return kNone;
  if ((flags & kConst) != 0) type = make(Kind::const_qualified, type);
  if ((flags & kVolatile) != 0 && type != kNone) type = make(Kind::volatile_qualified, type);
  if ((flags & kRestrict) != 0 && type != kNone) type = make(Kind::restrict_qualified, type);
  return remember(type);
}

NodeIndex Parser::parse_function(unsigned flags) noexcept {
  ++at_;
  const NodeIndex result = parse_type();
  if (result == kNone || kind(result) == Kind::function || kind(result) == Kind::array) {
    return kNone;
  }
  List parameters;
  if (!parse_parameters(parameters)) return kNone;
  flags |= parse_reference_qualifier();
  return take('E') ? make(Kind::function, result, parameters.first, flags) : kNone;
}

unsigned Parser::parse_reference_qualifier() noexcept {
  if (take('R')) return kLvalue;
  if (take('O')) return kRvalue;
  return 0;
}

// Up to the 'E', or to the reference qualifier before it.
bool Parser::parse_parameters(List& list) noexcept {
  const auto is_end = [&] {
    return peek() == 'E' || ((peek() == 'R' || peek() == 'O') && peek(1) == 'E');
  };
  do {
    const bool is_spelt_void = peek() == 'v';
    const NodeIndex type = parse_type();
    if (type == kNone) return false;
    if (is_void(type)) return is_spelt_void && list.first == kNone && is_end();
    if (!append(list, type)) return false;
  } while (!is_end());
  return true;
}

NodeIndex Parser::parse_array() noexcept {
  ++at_;
  const std::size_t size_at = at_;
  while (is_digit(peek())) ++at_;
  const std::size_t size_length = at_ - size_at;
  if (!take('_')) return kNone;
  const NodeIndex element = parse_type();
  if (element == kNone || is_reference(element) || kind(element) == Kind::function) return kNone;
  return make(Kind::array, element, size_at, size_length);
}

NodeIndex Parser::parse_member_pointer() noexcept {
  ++at_;
  const NodeIndex owner = parse_type();
  if (owner == kNone || !is_class(owner)) return kNone;
  const NodeIndex member = parse_type();
  if (member == kNone || is_reference(member)) return kNone;
  return make(Kind::member_pointer, owner, member);
}

// T_ in a function's parameters stands for one of the function's own template arguments.
NodeIndex Parser::parse_template_parameter() noexcept {
  ++at_;
  int index = parse_index(10);
  if (index < 0 || lambdas_around_ > 0) return kNone;
  NodeIndex link = function_arguments_;
  for (; index > 0 && link != kNone; --index) link = node(link).b;
  if (link == kNone) return kNone;
  has_used_arguments_ = true;
  const NodeIndex argument = node(link).a;
  const bool is_type = kind(argument) != Kind::pack && kind(argument) != Kind::literal;
  return is_type && !starts_template_arguments() ? remember(argument) : kNone;
}

NodeIndex Parser::parse_template_instance(NodeIndex name) noexcept {
  // Sa and Sb are templates, Ss, Si, So and Sd are instances already.
  const bool is_name = is_class(name) && kind(name) != Kind::template_instance;
  const bool is_instance = kind(name) == Kind::fixed_text && node(name).a != standard_text('a') &&
                           node(name).a != standard_text('b');
  List arguments;
  if (!is_name || is_instance || !parse_template_arguments(arguments, /*in_pack=*/false)) {
    return kNone;
  }
  return make(Kind::template_instance, name, arguments.first);
}

bool Parser::parse_template_arguments(List& list, bool in_pack) noexcept {
  ++at_;
  bool after_empty_pack = false;
  while (!take('E')) {
    const NodeIndex argument = parse_template_argument(in_pack);
    // The demangler prints a stray comma behind an empty pack that is not the last.
    if (after_empty_pack || !append(list, argument)) return false;
    after_empty_pack = kind(argument) == Kind::pack && node(argument).a == kNone;
  }
  return true;
}

NodeIndex Parser::parse_template_argument(bool in_pack) noexcept {
  if (peek() == 'L') return parse_literal();
  if (peek() != 'J' && peek() != 'I') return parse_type();
  List items;
  if (in_pack || !parse_template_arguments(items, /*in_pack=*/true)) return kNone;
  return make(Kind::pack, items.first);
}

// A number, or a null pointer.
NodeIndex Parser::parse_literal() noexcept {
  ++at_;
  if (peek() == 'Z') return kNone;  // a symbol to the demangler, after an old bug of GCC
  const NodeIndex type = parse_type();
  if (type == kNone || is_void(type) || !(is_builtin(type) || is_class(type))) return kNone;
  const bool is_null = is_builtin(type) && node(type).a == builtin_text('n', true);
  if (is_null && take('E')) return type;
  const std::size_t value_at = at_;
  take('n');
  const std::size_t digits_at = at_;
  const bool is_hexadecimal = is_builtin(type) && is_floating_text(node(type).a);
  while (is_digit(peek()) || (is_hexadecimal && peek() >= 'a' && peek() <= 'f')) ++at_;
  if (at_ == digits_at) return kNone;
  const std::size_t length = at_ - value_at;
  return take('E') ? make(Kind::literal, type, value_at, length) : kNone;
}

}  // namespace dblog::crash::type_name
