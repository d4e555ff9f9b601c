// dlopen and dlsym. Never closed: its resolver threads may outlive a transfer.
#include "src/notify/curl_library.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <mutex>

#include "src/base/secure_execution.hpp"

namespace dblog::notify {
namespace {

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

}  // namespace

base::Result<CurlLibrary> open_curl(std::initializer_list<const char*> names) {
  void* library = nullptr;
  for (const char* name : names) {
    library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
  }
  if (library == nullptr) {
    return base::Error{base::ErrorCode::not_found, "",
                       "libcurl.so.4 is not installed, and nothing can be sent without it: "
                       "apt-get install libcurl4"};
  }
  CurlLibrary curl;
  const bool is_complete = find(library, "curl_global_init", curl.global_init) &&
                           find(library, "curl_easy_init", curl.easy_init) &&
                           find(library, "curl_easy_setopt", curl.easy_setopt) &&
                           find(library, "curl_easy_perform", curl.easy_perform) &&
                           find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
                           find(library, "curl_easy_strerror", curl.easy_strerror) &&
                           find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
                           find(library, "curl_slist_append", curl.slist_append) &&
                           find(library, "curl_slist_free_all", curl.slist_free_all);
  if (!is_complete) {
    return base::Error{base::ErrorCode::not_found, "",
                       "libcurl.so.4 lacks functions: reinstall libcurl4"};
  }
  return curl;
}

base::Result<const CurlLibrary*> curl_library() {
  static std::mutex mutex;
  static CurlLibrary opened;
  const std::lock_guard lock(mutex);
  if (opened.easy_init != nullptr) return &opened;
  const auto found = open_curl({"libcurl.so.4", "libcurl-gnutls.so.4"});
  if (!found) return found.error();
  // libcurl would write the keys of all connections to where the caller of a setuid program says
  // (its own getenv(), lib/vtls/keylog.c). No option of libcurl keeps it from that.
  if (base::is_secure_execution()) ::unsetenv("SSLKEYLOGFILE");
  if (found->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return base::Error{base::ErrorCode::io, "", "libcurl cannot be initialized"};
  }
  opened = *found;
  return &opened;
}

}  // namespace dblog::notify
