// readable_type_name() as tests like it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "handlers/exceptions/type_name.hpp"

namespace dblog::test {

inline std::string readable(const std::string& mangled, std::size_t size = 4'096) {
  std::vector<char> buffer(size);
  const bool ok = crash::readable_type_name(mangled, buffer.data(), size);
  return ok ? buffer.data() : "NOT READABLE";
}

}  // namespace dblog::test
