// The parser's part for <name> and for the <encoding> of functions that types are local to.
// Context: crash time
#include <cstring>

#include "handlers/exceptions/type_name_parser.hpp"

namespace dblog::crash::type_name {
namespace {

bool is_identifier_byte(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         c == '$' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

// `member_flags` takes the qualifiers of a member function; null where a type is named.
NodeIndex Parser::parse_name(unsigned* member_flags) noexcept {
  if (peek() == 'N') return parse_nested_name(member_flags);
  if (peek() == 'Z') return parse_local_name(member_flags);
  NodeIndex name = kNone;
  bool is_candidate = true;
  if (peek() == 'S') {
    const NodeIndex start = parse_substitution();
    if (start == kNone) return kNone;
    const bool is_std = kind(start) == Kind::fixed_text && node(start).a == standard_text('t');
    if (is_std) {
      const NodeIndex inner = parse_unqualified_name();
      name = inner == kNone ? kNone : make(Kind::nested, start, inner);
    } else {
      name = start;
      is_candidate = false;
    }
  } else {
    name = parse_unqualified_name();
  }
  if (name == kNone || !starts_template_arguments()) return name;
  if (is_candidate && remember(name) == kNone) return kNone;
  return parse_template_instance(name);
}

NodeIndex Parser::parse_nested_name(unsigned* member_flags) noexcept {
  ++at_;
  unsigned flags = parse_qualifiers();
  flags |= parse_reference_qualifier();
  if (member_flags != nullptr) {
    *member_flags = flags;
  } else if (flags != 0) {
    return kNone;
  }
  NodeIndex prefix = kNone;
  NodeIndex class_name = kNone;
  while (!take('E')) {
    const char next = peek();
    if (next == 'S') {
      if (prefix != kNone) return kNone;
      prefix = parse_substitution();
      // A pointer, a function or an array has no members.
      const bool is_name = kind(prefix) <= Kind::template_instance;
      if (prefix == kNone || !is_name || peek() == 'E') return kNone;
      continue;
    }
    if (next == 'I') {
      prefix = prefix == kNone ? kNone : parse_template_instance(prefix);
    } else {
      const bool is_structor = next == 'C' || next == 'D';
      const NodeIndex name =
          is_structor ? parse_structor(class_name) : parse_unqualified_name(&class_name);
      if (name == kNone) return kNone;
      // Functions are members, and have none.
      const bool is_function = is_structor || kind(name) == Kind::operator_name;
      const bool is_last = peek() == 'E' || (starts_template_arguments() && !is_structor);
      if (is_function && (prefix == kNone || !is_last)) return kNone;
      prefix = prefix == kNone ? name : make(Kind::nested, prefix, name);
    }
    if (prefix == kNone) return kNone;
    if (peek() != 'E' && remember(prefix) == kNone) return kNone;
  }
  return prefix;
}

NodeIndex Parser::parse_local_name(unsigned* member_flags) noexcept {
  const Depth depth{depth_};
  if (depth.too_deep()) return kNone;
  ++at_;
  const NodeIndex function = parse_encoding();
  if (function == kNone || !take('E')) return kNone;
  // A type, or a member function of one; not a string ('s'), a default argument ('d'), …
  if (!is_digit(peek()) && peek() != 'N' && peek() != 'U' && peek() != 'L') return kNone;
  const NodeIndex name = parse_name(member_flags);
  if (name == kNone || kind(name) == Kind::fixed_text) return kNone;
  const bool has_number = kind(name) == Kind::lambda || kind(name) == Kind::unnamed_type;
  if (!has_number && !skip_discriminator()) return kNone;
  return make(Kind::nested, function, name);
}

NodeIndex Parser::parse_encoding() noexcept {
  unsigned flags = 0;
  const NodeIndex name = parse_name(&flags);
  // A pointer, a function or an array is no function's name.
  if (name == kNone || kind(name) > Kind::template_instance) return kNone;
  if (peek() == 'E') return flags == 0 ? name : kNone;  // main, or a function of C

  const bool is_template = kind(name) == Kind::template_instance;
  const bool is_local_template =
      kind(name) == Kind::nested && kind(node(name).b) == Kind::template_instance;
  if (is_local_template) return kNone;
  const NodeIndex outer_arguments = function_arguments_;
  const bool outer_has_used = has_used_arguments_;
  function_arguments_ = is_template ? node(name).b : kNone;
  has_used_arguments_ = false;
  List parameters;
  const bool has_result = !is_template || parse_type() != kNone;
  const bool ok = has_result && parse_parameters(parameters) && peek() == 'E';
  function_arguments_ = outer_arguments;
  has_used_arguments_ = outer_has_used;
  const NodeIndex function = ok ? make(Kind::function, kNone, parameters.first, flags) : kNone;
  return function == kNone ? kNone : make(Kind::function_name, name, function);
}

NodeIndex Parser::parse_unqualified_name(NodeIndex* class_name) noexcept {
  NodeIndex name = kNone;
  if (is_digit(peek())) {
    name = parse_source_name();
  } else if (take('L')) {  // internal linkage
    name = parse_source_name();
    if (!skip_discriminator()) return kNone;
  } else if (is_lower(peek())) {
    name = parse_operator_name();
  } else if (peek() == 'U' && peek(1) == 't') {
    name = parse_unnamed_type();
  } else if (peek() == 'U' && peek(1) == 'l') {
    name = parse_lambda();
  }
  if (class_name != nullptr) *class_name = name;
  while (name != kNone && take('B')) {
    const NodeIndex tag = parse_source_name();
    name = tag == kNone ? kNone : make(Kind::tagged, name, tag);
  }
  return name;
}

NodeIndex Parser::parse_source_name() noexcept {
  constexpr char kAnonymous[] = "_GLOBAL_";
  constexpr std::size_t kAnonymousSize = sizeof kAnonymous - 1;
  if (peek() == '0') return kNone;
  const int number = parse_number();
  if (number <= 0 || static_cast<std::size_t>(number) > tree_.size - at_) return kNone;
  const auto length = static_cast<std::size_t>(number);
  const char* bytes = tree_.mangled + at_;
  for (std::size_t i = 0; i < length; ++i) {
    if (!is_identifier_byte(bytes[i])) return kNone;
  }
  const std::size_t start = at_;
  at_ += length;
  // _GLOBAL__N_1; '.' and '$' where the assembler allows them.
  if (length > kAnonymousSize + 1 && std::memcmp(bytes, kAnonymous, kAnonymousSize) == 0) {
    const char separator = bytes[kAnonymousSize];
    const bool is_separator = separator == '_' || separator == '.' || separator == '$';
    if (is_separator && bytes[kAnonymousSize + 1] == 'N') return make(Kind::anonymous, 0);
  }
  return make(Kind::source_name, start, length);
}

NodeIndex Parser::parse_operator_name() noexcept {
  const std::uint16_t text = operator_text(peek(), peek(1));
  if (text == kNoText) return kNone;
  at_ += 2;
  return make(Kind::operator_name, text);
}

NodeIndex Parser::parse_unnamed_type() noexcept {
  at_ += 2;
  const int index = parse_index(10);
  candidates_are_certain_ = false;
  return index < 0 ? kNone : make(Kind::unnamed_type, static_cast<std::size_t>(index) + 1);
}

NodeIndex Parser::parse_lambda() noexcept {
  at_ += 2;
  List parameters;
  ++lambdas_around_;
  bool ok = parse_parameters(parameters) && take('E');
  --lambdas_around_;
  // The demangler mixes such a parameter with what stands around the lambda.
  for (NodeIndex link = parameters.first; link != kNone; link = node(link).b) {
    ok = ok && !wraps_declarator(tree_, node(link).a) && !is_qualified(node(link).a);
  }
  const int index = ok ? parse_index(10) : -1;
  candidates_are_certain_ = false;
  return index < 0 ? kNone
                   : make(Kind::lambda, parameters.first, static_cast<std::size_t>(index) + 1);
}

// C1, D2, …: the name of the class again.
NodeIndex Parser::parse_structor(NodeIndex class_name) noexcept {
  const bool is_destructor = peek() == 'D';
  const char variant = peek(1);
  const bool is_known = is_destructor
                            ? variant == '0' || variant == '1' || variant == '2' || variant == '4'
                            : variant >= '1' && variant <= '4';
  if (!is_known || class_name == kNone || kind(class_name) != Kind::source_name) return kNone;
  at_ += 2;
  return is_destructor ? make(Kind::destructor, class_name) : class_name;
}

NodeIndex Parser::parse_substitution() noexcept {
  ++at_;
  if (is_lower(peek())) {
    const std::uint16_t text = standard_text(peek());
    // With a tag on it, the demangler takes the abbreviation for a candidate.
    if (text == kNoText || peek(1) == 'B') return kNone;
    ++at_;
    return make(Kind::fixed_text, text);
  }
  const int index = parse_index(36);
  if (index < 0 || static_cast<std::size_t>(index) >= substitution_count_) return kNone;
  const Candidate& candidate = substitutions_[index];
  const bool is_from_here =
      candidate.function_arguments == kNone || candidate.function_arguments == function_arguments_;
  return candidates_are_certain_ && is_from_here ? candidate.type : kNone;
}

// _N, or __NN_ from 10 on; not shown.
bool Parser::skip_discriminator() noexcept {
  if (!take('_')) return true;
  const bool is_long = take('_');
  const int number = parse_number();
  if (is_long) return number >= 10 && take('_');
  return number >= 0 && number < 10;
}

}  // namespace dblog::crash::type_name
