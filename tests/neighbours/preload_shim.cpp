// Put into any program by LD_PRELOAD, behind the library: installs its handlers before main().
// With PRELOAD_SHIM=chain_first in the environment, handlers that were there are asked first.
#include <dblog/dblog.hpp>

#include <cstdlib>
#include <string_view>

namespace {

[[gnu::constructor]] void install() {
  const char* way = std::getenv("PRELOAD_SHIM");
  dblog::HandlerOptions options;
  options.chain_first = way != nullptr && std::string_view{way} == "chain_first";
  dblog::install_handlers(options);
}

}  // namespace
