// The tree of a type name, on the stack, parsed and printed.
// Context: crash time
#include "handlers/exceptions/type_name.hpp"

#include "handlers/exceptions/type_name_tree.hpp"

namespace dblog::crash {

bool readable_type_name(std::string_view mangled, char* out, std::size_t size) noexcept {
  if (size == 0) return false;
  out[0] = '\0';
  if (mangled.empty() || mangled.size() > type_name::kMaxMangledSize) return false;
  type_name::Tree tree;
  tree.mangled = mangled.data();
  tree.size = mangled.size();
  const type_name::NodeIndex type = type_name::parse(tree);
  if (type != type_name::kNone && type_name::print(tree, type, out, size)) return true;
  out[0] = '\0';
  return false;
}

}  // namespace dblog::crash
