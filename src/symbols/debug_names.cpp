#include "src/symbols/debug_names.hpp"

#include <dwarf.h>

#include <filesystem>
#include <vector>

#include "src/symbols/readable_name.hpp"

namespace dblog::symbols {
namespace {

constexpr int kMaxLinks = 16;   // from an instance to its declaration
constexpr int kMaxScopes = 64;  // of scopes

const char* linkage_name(Dwarf_Die& die) {
  for (const unsigned int name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    Dwarf_Attribute attribute;
    if (dwarf_attr_integrate(&die, name, &attribute) == nullptr) continue;
    if (const char* text = dwarf_formstring(&attribute); text != nullptr) return text;
  }
  return nullptr;
}

// An inlined call and an instance point to what was written in the source; that to its declaration
// in a class or namespace, which is what has the right surroundings.
Dwarf_Die declaration_of(Dwarf_Die die) {
  for (int i = 0; i < kMaxLinks; ++i) {
    Dwarf_Attribute attribute;
    Dwarf_Die next;
    if (dwarf_attr(&die, DW_AT_abstract_origin, &attribute) == nullptr &&
        dwarf_attr(&die, DW_AT_specification, &attribute) == nullptr) {
      break;
    }
    if (dwarf_formref_die(&attribute, &next) == nullptr) break;
    die = next;
  }
  return die;
}

bool names_a_scope(int tag) {
  switch (tag) {
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_interface_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_subprogram:
      return true;
    default:
      return false;
  }
}

// Entries are stored in the order of a walk through the tree: at every level, the last one that
// does not begin after `target` holds it.
std::string scopes_of(Dwarf_Die target) {
  std::string text;
  Dwarf_Die scope;
  if (dwarf_diecu(&target, &scope, nullptr, nullptr) == nullptr) return text;
  const Dwarf_Off wanted = dwarf_dieoffset(&target);
  for (int depth = 0; depth < kMaxScopes; ++depth) {
    Dwarf_Die child;
    if (dwarf_child(&scope, &child) != 0 || dwarf_dieoffset(&child) > wanted) break;
    Dwarf_Die next;
    while (dwarf_siblingof(&child, &next) == 0 && dwarf_dieoffset(&next) <= wanted) child = next;
    if (dwarf_dieoffset(&child) == wanted) break;
    scope = child;
    const int tag = dwarf_tag(&scope);
    if (!names_a_scope(tag)) continue;
    Dwarf_Die named = declaration_of(scope);
    if (const char* name = dwarf_diename(&named); name != nullptr) {
      text.append(name).append("::");
    } else if (tag == DW_TAG_namespace) {
      text.append("(anonymous namespace)::");
    }
  }
  return text;
}

bool has_plain_names(Dwarf_Die unit) {
  switch (dwarf_srclang(&unit)) {
    case DW_LANG_C:
    case DW_LANG_C89:
    case DW_LANG_C99:
    case DW_LANG_C11:
    case DW_LANG_Mips_Assembler:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string function_name(Dwarf_Die function) {
  if (const char* linkage = linkage_name(function); linkage != nullptr && *linkage != '\0') {
    return readable_function_name(linkage);
  }
  Dwarf_Die declaration = declaration_of(function);
  const char* name = dwarf_diename(&declaration);
  if (name == nullptr || *name == '\0') return {};
  Dwarf_Die unit;
  if (dwarf_diecu(&declaration, &unit, nullptr, nullptr) == nullptr || has_plain_names(unit)) {
    return name;
  }
  return scopes_of(declaration) + name;
}

std::string source_path(Dwarf_Die unit, const char* file) {
  if (file == nullptr || *file == '\0') return {};
  std::filesystem::path path{file};
  Dwarf_Attribute attribute;
  if (path.is_relative() && dwarf_attr_integrate(&unit, DW_AT_comp_dir, &attribute) != nullptr) {
    if (const char* directory = dwarf_formstring(&attribute); directory != nullptr) {
      path = std::filesystem::path{directory} / path;
    }
  }
  // "." and "//" say nothing; ".." behind a symbolic link does.
  for (const auto& part : path) {
    if (part == "..") return path.native();
  }
  return path.lexically_normal().native();
}

std::uint32_t number_attribute(Dwarf_Die& die, unsigned int name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, name, &attribute) == nullptr || dwarf_formudata(&attribute, &value) != 0 ||
      value > UINT32_MAX) {
    return 0;
  }
  return static_cast<std::uint32_t>(value);
}

}  // namespace dblog::symbols
