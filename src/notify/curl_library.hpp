// libcurl, opened when the first message is sent: linked into the library, it would cost every
// program that uses dblog its start-up time and memory, whether or not it ever sends.
// Used by curl_transfer.cpp.
#pragma once

#include <curl/curl.h>

#include <initializer_list>

#include "src/base/result.hpp"

namespace dblog::notify {

/// The functions in use, with the types of the header.
struct CurlLibrary {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
};

/// The first of `names` that can be opened; it stays open. The error says what to install.
[[nodiscard]] base::Result<CurlLibrary> open_curl(std::initializer_list<const char*> names);

/// The system's libcurl, opened and initialized once; tried again as long as it is not there.
/// Threads: any.
[[nodiscard]] base::Result<const CurlLibrary*> curl_library();

}  // namespace dblog::notify
