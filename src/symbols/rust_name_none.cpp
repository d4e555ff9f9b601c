// Where libiberty's headers are not installed: the newer Rust names stay mangled, the older ones
// are read as C++, and keep their hash.
#include "src/symbols/readable_name.hpp"

namespace dblog::symbols {

std::string readable_rust_name(const std::string&) { return {}; }

}  // namespace dblog::symbols
