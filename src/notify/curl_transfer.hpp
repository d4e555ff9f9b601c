// One transfer by libcurl: what every transfer of ours has in common. Certificates are verified,
// no redirects, no signals, no connection kept, and an end soon after `give_up_at`, whatever the
// server does, the good-bye included.
// Used by slack_sender.cpp and mail_sender.cpp. Threads: belongs to the one that made it.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <type_traits>

#include "src/notify/curl_library.hpp"
#include "src/process/signal_block.hpp"

namespace dblog::notify {

/// How a transfer ended, as libcurl sees it.
struct TransferEnd {
  CURLcode code = CURLE_OK;
  std::string detail;  ///< libcurl's words, perhaps with the server's in them: not yet masked.
  int system_error = 0;
};

class CurlTransfer {
 public:
  using Clock = std::chrono::steady_clock;

  CurlTransfer(const CurlLibrary& library, Clock::time_point give_up_at);

  /// An option with its value: long, a pointer or curl_off_t. What libcurl refuses makes perform()
  /// fail: no option of ours is there for show.
  template <typename Value>
  void set(CURLoption option, Value value) {
    static_assert(std::is_same_v<Value, long> || std::is_pointer_v<Value> ||
                  std::is_same_v<Value, curl_off_t>);
    keep_first_failure(library_.easy_setopt(handle_.get(), option, value));
  }

  /// Adds to the authorities that are trusted; empty: only the system's.
  void trust(const std::filesystem::path& ca_file);

  /// Appends to a list option (CURLOPT_HTTPHEADER, CURLOPT_MAIL_RCPT), set by perform().
  void add_to_list(CURLoption option, const std::string& text);

  /// From inside a callback: all is done but the good-bye, which gets a second.
  void finish_soon();

  TransferEnd perform();

  /// The server's last HTTP status; 0 if there was none.
  [[nodiscard]] long response_code() const;

 private:
  struct Cleanup {
    const CurlLibrary* library;
    void operator()(CURL* handle) const { library->easy_cleanup(handle); }
    void operator()(curl_slist* list) const { library->slist_free_all(list); }
  };

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  void keep_first_failure(CURLcode code);

  // OpenSSL writes to sockets without MSG_NOSIGNAL. First, so that it covers the cleaning up.
  const process::ScopedSignalBlock closed_connection_{process::signal_set(SIGPIPE)};
  const CurlLibrary& library_;
  Clock::time_point stop_at_;
  Clock::time_point give_up_at_;
  CURLoption list_option_ = CURLOPT_HTTPHEADER;
  // The list must outlive the handle.
  std::unique_ptr<curl_slist, Cleanup> list_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  CURLcode setup_failure_ = CURLE_OK;
  std::unique_ptr<CURL, Cleanup> handle_;
};

}  // namespace dblog::notify
