// The options that every transfer has.
#include "src/notify/curl_transfer.hpp"

#include <algorithm>

#include "src/base/secure_execution.hpp"

namespace dblog::notify {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kConnectTimeout{10'000};
constexpr milliseconds kGoodbye{1'000};
// libcurl's own timeout comes first and has the better words; this one counts where that does not.
constexpr milliseconds kGrace{300};

long milliseconds_until(CurlTransfer::Clock::time_point end) {
  const auto left = std::chrono::duration_cast<milliseconds>(end - CurlTransfer::Clock::now());
  return std::clamp<long>(left.count(), 1, 24 * 60 * 60 * 1000L);  // 0 would be: no timeout
}

}  // namespace

CurlTransfer::CurlTransfer(const CurlLibrary& library, Clock::time_point give_up_at)
    : library_(library),
      stop_at_(give_up_at + kGrace),
      give_up_at_(give_up_at),
      list_(nullptr, Cleanup{&library}),
      handle_(library.easy_init(), Cleanup{&library}) {
  if (handle_ == nullptr) {
    setup_failure_ = CURLE_OUT_OF_MEMORY;
    return;
  }
  set(CURLOPT_ERRORBUFFER, error_text_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &CurlTransfer::on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_FORBID_REUSE, 1L);
  // Proxies of the environment are its caller's choice.
  if (base::is_secure_execution()) set(CURLOPT_PROXY, "");
#if LIBCURL_VERSION_NUM >= 0x075700
  // Or else cleaning up waits for a resolver that does not answer. Older ones do not know it.
  (void)library_.easy_setopt(handle_.get(), CURLOPT_QUICK_EXIT, 1L);
#endif
}

void CurlTransfer::trust(const std::filesystem::path& ca_file) {
  // The system's directory of authorities (CURLOPT_CAPATH) stays in force beside it.
  if (!ca_file.empty()) set(CURLOPT_CAINFO, ca_file.c_str());
}

void CurlTransfer::add_to_list(CURLoption option, const std::string& text) {
  list_option_ = option;
  curl_slist* longer = library_.slist_append(list_.get(), text.c_str());
  if (longer == nullptr) {
    keep_first_failure(CURLE_OUT_OF_MEMORY);
    return;
  }
  (void)list_.release();
  list_.reset(longer);
}

void CurlTransfer::finish_soon() { stop_at_ = std::min(stop_at_, Clock::now() + kGoodbye); }

TransferEnd CurlTransfer::perform() {
  if (handle_ != nullptr) {
    const long left = milliseconds_until(give_up_at_);
    set(CURLOPT_TIMEOUT_MS, left);
    set(CURLOPT_CONNECTTIMEOUT_MS, std::min<long>(left, kConnectTimeout.count()));
    if (list_ != nullptr) set(list_option_, list_.get());
  }
  TransferEnd end;
  end.code = setup_failure_;
  if (end.code == CURLE_OK) {
    end.code = library_.easy_perform(handle_.get());
    long system_error = 0;
    library_.easy_getinfo(handle_.get(), CURLINFO_OS_ERRNO, &system_error);
    end.system_error = static_cast<int>(system_error);
  }
  if (end.code == CURLE_ABORTED_BY_CALLBACK) end.code = CURLE_OPERATION_TIMEDOUT;
  end.detail = error_text_[0] != '\0' ? error_text_.data() : library_.easy_strerror(end.code);
  return end;
}

long CurlTransfer::response_code() const {
  long code = 0;
  if (handle_ != nullptr) library_.easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
  return code;
}

int CurlTransfer::on_progress(void* self, curl_off_t /*download_total*/, curl_off_t /*downloaded*/,
                              curl_off_t /*upload_total*/, curl_off_t /*uploaded*/) {
  return Clock::now() >= static_cast<CurlTransfer*>(self)->stop_at_ ? 1 : 0;
}

void CurlTransfer::keep_first_failure(CURLcode code) {
  if (setup_failure_ == CURLE_OK) setup_failure_ = code;
}

}  // namespace dblog::notify
