// A sentence for each of libcurl's codes that a user can do something about.
#include "src/notify/transfer_text.hpp"

#include <cerrno>
#include <system_error>

namespace dblog::notify {
namespace {

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string certificate_failure(const std::string& detail, const Peer& peer) {
  const std::string start = "the certificate of " + peer.place;
  // OpenSSL's words, then GnuTLS's.
  if (contains(detail, "subject name") || contains(detail, "does not match")) {
    return start + " is for another name (" + detail + "): check " + peer.host_key;
  }
  if (contains(detail, "expired")) {
    return start + " has expired (" + detail + "): its owner must renew it";
  }
  return start + " is not trusted (" + detail +
         "): if its authority is a private one, set ca_file to the PEM file of that";
}

std::string connect_failure(const TransferEnd& end, const std::string& detail, const Peer& peer) {
  if (end.system_error == ECONNREFUSED) {
    return peer.place + " refused the connection: is the server running, and the port right?";
  }
  if (end.system_error != 0) {
    return "cannot connect to " + peer.place + ": " +
           std::generic_category().message(end.system_error);
  }
  return "cannot connect to " + peer.place + " (" + detail + ")";
}

}  // namespace

std::string transfer_failure(const TransferEnd& end, const Peer& peer, const SecretMask& mask) {
  const std::string detail = mask.apply(end.detail);
  switch (end.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "no such host as in " + peer.place + ": check " + peer.host_key +
             ", and whether names are resolved here (DNS)";
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "no such host as in https_proxy: check that variable";
    case CURLE_COULDNT_CONNECT:
      return connect_failure(end, detail, peer);
    case CURLE_OPERATION_TIMEDOUT:
      if (contains(detail, "Resolving timed out")) {
        return "the name in " + peer.place + " was not resolved in time: is DNS reachable?";
      }
      return peer.place + " did not answer in time";
    case CURLE_PEER_FAILED_VERIFICATION:
      return certificate_failure(detail, peer);
    case CURLE_SSL_CACERT_BADFILE:
      return "ca_file cannot be used (" + detail + "): it must be a PEM file of certificates";
    case CURLE_SSL_CONNECT_ERROR:
      return "no TLS connection with " + peer.place + " (" + detail + ")" + peer.tls_hint;
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
      return "the connection to " + peer.place + " was lost (" + detail + ")";
    case CURLE_OUT_OF_MEMORY:
      return "out of memory";
    default:
      return "no sensible answer from " + peer.place + " (" + detail + ")";
  }
}

}  // namespace dblog::notify
