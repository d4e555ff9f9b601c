// Recursive descent over the ABI's grammar for <type>, <name> and <encoding>. It numbers
// substitution candidates as libstdc++'s demangler does, and gives up where that one and the ABI
// part ways. Types are in type_name_parse_types.cpp, names in type_name_parse_names.cpp.
// Every parse function returns kNone, or false, if the input is not understood; nothing is tried
// twice.
// Context: crash time
#pragma once

#include "handlers/exceptions/type_name_tree.hpp"

namespace dblog::crash::type_name {

class Parser {
 public:
  explicit Parser(Tree& tree) noexcept : tree_(tree) {}

  NodeIndex parse_all() noexcept {
    const NodeIndex type = parse_type();
    return at_ == tree_.size ? type : kNone;
  }

 private:
  struct Depth {
    explicit Depth(int& depth) noexcept : depth_(depth) { ++depth_; }
    ~Depth() { --depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    [[nodiscard]] bool too_deep() const noexcept { return depth_ > kMaxParseDepth; }
    int& depth_;
  };

  struct List {
    NodeIndex first = kNone, last = kNone;
  };

  static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  static bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
  static bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

  // '\0' past the end.
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < tree_.size ? tree_.mangled[at_ + ahead] : '\0';
  }
  bool take(char c) noexcept {
    if (peek() != c || at_ == tree_.size) return false;
    ++at_;
    return true;
  }
  bool starts_template_arguments() const noexcept { return peek() == 'I'; }

  NodeIndex make(Kind kind, std::size_t a, std::size_t b = 0, std::size_t flags = 0) noexcept;
  [[nodiscard]] Node& node(NodeIndex index) const noexcept { return tree_.nodes[index]; }
  [[nodiscard]] Kind kind(NodeIndex index) const noexcept { return node(index).kind; }
  bool append(List& list, NodeIndex item) noexcept;
  NodeIndex remember(NodeIndex candidate) noexcept;
  int parse_number() noexcept;
  int parse_index(int base) noexcept;

  NodeIndex parse_type() noexcept;
  NodeIndex parse_modified(Kind kind) noexcept;
  NodeIndex parse_qualified() noexcept;
  unsigned parse_qualifiers() noexcept;
  NodeIndex parse_function(unsigned flags) noexcept;
  bool parse_parameters(List& list) noexcept;
  unsigned parse_reference_qualifier() noexcept;
  NodeIndex parse_array() noexcept;
  NodeIndex parse_member_pointer() noexcept;
  NodeIndex parse_builtin() noexcept;
  NodeIndex parse_class() noexcept;
  NodeIndex parse_substituted_type() noexcept;
  NodeIndex parse_template_parameter() noexcept;
  [[nodiscard]] bool is_builtin(NodeIndex type) const noexcept;
  [[nodiscard]] bool is_class(NodeIndex type) const noexcept;
  [[nodiscard]] bool names_class(NodeIndex name) const noexcept;
  [[nodiscard]] bool is_reference(NodeIndex type) const noexcept;
  [[nodiscard]] bool is_qualified(NodeIndex type) const noexcept;
  [[nodiscard]] bool is_void(NodeIndex type) const noexcept;

  NodeIndex parse_name(unsigned* member_flags) noexcept;
  NodeIndex parse_nested_name(unsigned* member_flags) noexcept;
  NodeIndex parse_local_name(unsigned* member_flags) noexcept;
  NodeIndex parse_encoding() noexcept;
  NodeIndex parse_unqualified_name(NodeIndex* class_name = nullptr) noexcept;
  NodeIndex parse_source_name() noexcept;
  NodeIndex parse_operator_name() noexcept;
  NodeIndex parse_unnamed_type() noexcept;
  NodeIndex parse_lambda() noexcept;
  NodeIndex parse_structor(NodeIndex class_name) noexcept;
  NodeIndex parse_substitution() noexcept;
  bool skip_discriminator() noexcept;

  NodeIndex parse_template_instance(NodeIndex name) noexcept;
  bool parse_template_arguments(List& list, bool in_pack) noexcept;
  NodeIndex parse_template_argument(bool in_pack) noexcept;
  NodeIndex parse_literal() noexcept;

  Tree& tree_;
  std::size_t at_ = 0;
  int depth_ = 0;
  // Behind an unnamed type or a lambda, the candidates are numbered otherwise by the demangler
  // than by compilers.
  bool candidates_are_certain_ = true;
  NodeIndex function_arguments_ = kNone;  // what T_, T0_, … stand for
  int lambdas_around_ = 0;                // in whose parameters T_ is an "auto"
  bool has_used_arguments_ = false;       // in the present function
  std::size_t substitution_count_ = 0;
  // A candidate that may hold a T_ means that function's arguments alone; the demangler would look
  // it up in whatever function the substitution stands in.
  struct Candidate {
    NodeIndex type, function_arguments;
  };
  Candidate substitutions_[kMaxSubstitutions];
};

}  // namespace dblog::crash::type_name
