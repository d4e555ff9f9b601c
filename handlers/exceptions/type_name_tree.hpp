// The tree that a mangled type name spells, in a fixed pool of small nodes, with its parser and
// printer. For type_name.cpp alone.
// Context: crash time
#pragma once

#include <cstddef>
#include <cstdint>

namespace dblog::crash::type_name {

// The bounds of what is read. Types beyond them keep their mangled names.
inline constexpr std::size_t kMaxMangledSize = 4'096;
inline constexpr std::size_t kMaxNodes = 320;
inline constexpr std::size_t kMaxSubstitutions = 96;
inline constexpr int kMaxParseDepth = 24;  ///< Types within types.
inline constexpr int kMaxPrintDepth = 64;  ///< Nodes within nodes.
inline constexpr int kMaxPrintSteps = 4'096;

using NodeIndex = std::uint16_t;
inline constexpr NodeIndex kNone = 0;  ///< No node: an empty list, or "not understood".

enum class Kind : std::uint8_t {
  source_name,         ///< The `b` bytes at `a` of the mangled name.
  fixed_text,          ///< Text number `a` of fixed_text().
  operator_name,       ///< "operator" and text number `a`.
  anonymous,           ///< (anonymous namespace)
  destructor,          ///< ~a
  unnamed_type,        ///< {unnamed type#a}
  lambda,              ///< {lambda(list a)#b}
  nested,              ///< a::b; also a type in a function.
  tagged,              ///< a[abi:b]
  template_instance,   ///< a<list b>
  function_name,       ///< Name a with the parameters and qualifiers of function b.
  list,                ///< Item a, then list b.
  pack,                ///< The items of list a, in its place.
  pointer,             ///< To a.
  lvalue_reference,    ///< To a.
  rvalue_reference,    ///< To a.
  const_qualified,     ///< a const
  volatile_qualified,  ///< a volatile
  restrict_qualified,  ///< a restrict
  complex,             ///< a _Complex
  member_pointer,      ///< To member b of class a.
  array,               ///< Of a; the size is the `flags` digits at `b`.
  function,            ///< Returns a, takes list b; `flags` of FunctionFlag.
  literal,             ///< Of type a; the value is the `flags` characters at `b`.
};

/// In the order in which they are printed.
enum FunctionFlag : std::uint8_t {
  kNoexcept = 1,
  kConst = 2,
  kVolatile = 4,
  kRestrict = 8,
  kLvalue = 16,
  kRvalue = 32,
};

struct Node {
  Kind kind;
  std::uint8_t flags;
  std::uint16_t a, b;
};

struct Tree {
  const char* mangled = nullptr;
  std::size_t size = 0;
  std::size_t node_count = 1;  ///< nodes[kNone] is no node.
  Node nodes[kMaxNodes];
};

/// Whether a type is written around what it declares: "int (*" before and ") [5]" behind.
bool wraps_declarator(const Tree& tree, NodeIndex type) noexcept;

/// A text that mangled names abbreviate, by its number.
const char* fixed_text(std::uint16_t number) noexcept;

inline constexpr std::uint16_t kNoText = 0xFFFF;
/// The number of a built-in type: 'i' for i, 'n' with `after_d` for Dn.
std::uint16_t builtin_text(char code, bool after_d) noexcept;
/// The number of std (code t) or a class in it that S and `code` stand for.
std::uint16_t standard_text(char code) noexcept;
bool is_standard_text(std::uint16_t number) noexcept;
std::uint16_t operator_text(char first, char second) noexcept;
/// What stands behind a number of this built-in type ("ul"); null where the type stands before it.
const char* literal_suffix(std::uint16_t number) noexcept;
bool is_bool_text(std::uint16_t number) noexcept;
bool is_floating_text(std::uint16_t number) noexcept;

/// Fills the tree from tree.mangled. kNone if any of it is not understood.
NodeIndex parse(Tree& tree) noexcept;

/// Writes a type as readable_type_name() does.
bool print(const Tree& tree, NodeIndex type, char* out, std::size_t size) noexcept;

}  // namespace dblog::crash::type_name
