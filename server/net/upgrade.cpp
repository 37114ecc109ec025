#include "server/net/upgrade.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace switchboard::net {
namespace {

constexpr std::string_view supported_version = "13";

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t';
}

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t count_of(const HttpRequest& request, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(request.headers.begin(), request.headers.end(),
                    [&](const auto& h) { return same_ignoring_case(h.first, name); }));
}

// Whether a comma separated header, which may be sent several times (RFC 9110 section 5.3), has an element
// for which `wanted` is true.
template <class Wanted>
bool has_element(const HttpRequest& request, std::string_view name, Wanted wanted) {
  for (const auto& [key, value] : request.headers) {
    if (!same_ignoring_case(key, name)) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (wanted(trimmed(rest.substr(0, comma)))) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

bool has_token(const HttpRequest& request, std::string_view name, std::string_view token) {
  return has_element(request, name,
                     [&](std::string_view element) { return same_ignoring_case(element, token); });
}

HttpResponse refusal(unsigned status, std::string why,
                     std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(why) + "\n";
  response.headers = std::move(headers);
  return response;
}

bool has_body(const HttpRequest& request) {
  return count_of(request, "Transfer-Encoding") != 0 ||
         (count_of(request, "Content-Length") != 0 && trimmed(request.header("Content-Length")) != "0");
}

int base64_value(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers) {
    if (same_ignoring_case(key, name)) return value;
  }
  return {};
}

Result<std::string, HttpResponse> check_upgrade(const HttpRequest& request, bool http_1_1,
                                                std::span<const std::string> subprotocols) {
  if (request.method != "GET") return refusal(405, "a WebSocket begins with GET", {{"Allow", "GET"}});
  if (!http_1_1) return refusal(400, "a WebSocket needs HTTP/1.1");
  if (count_of(request, "Host") != 1 || request.header("Host").empty())
    return refusal(400, "one Host is needed");
  if (!has_token(request, "Upgrade", "websocket") || !has_token(request, "Connection", "upgrade")) {
    return refusal(426, "this is a WebSocket", {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}});
  }
  if (count_of(request, "Sec-WebSocket-Version") != 1 ||
      trimmed(request.header("Sec-WebSocket-Version")) != supported_version) {
    return refusal(426, "Sec-WebSocket-Version must be 13",
                   {{"Sec-WebSocket-Version", std::string(supported_version)},
                    {"Upgrade", "websocket"},
                    {"Connection", "Upgrade"}});
  }
  if (count_of(request, "Sec-WebSocket-Key") != 1 ||
      !is_websocket_key(trimmed(request.header("Sec-WebSocket-Key")))) {
    return refusal(400, "one Sec-WebSocket-Key of 16 octets is needed");
  }
  if (has_body(request)) return refusal(400, "an upgrade has no body");
  if (count_of(request, "Origin") > 1) return refusal(400, "there is one Origin at most");
  std::string chosen;
  const auto is_ours = [&](std::string_view offered) {
    if (std::find(subprotocols.begin(), subprotocols.end(), offered) == subprotocols.end()) return false;
    chosen = offered;
    return true;
  };
  if (!has_element(request, "Sec-WebSocket-Protocol", is_ours))
    return refusal(400, "no subprotocol in common");
  return chosen;
}

std::string switching_protocols(const HttpRequest& request, std::string_view subprotocol) {
  std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\n"
      "Upgrade: websocket\r\n"
      "Connection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  answer.append(websocket_accept(trimmed(request.header("Sec-WebSocket-Key"))));
  answer.append("\r\nSec-WebSocket-Protocol: ").append(subprotocol).append("\r\n\r\n");
  return answer;
}

bool is_own_origin(std::string_view origin, std::string_view host, bool secure) noexcept {
  const auto scheme_end = origin.find("://");  // "null" and other opaque origins have none
  if (scheme_end == std::string_view::npos || origin.substr(scheme_end + 3) != host) return false;
  return !secure || origin.substr(0, scheme_end) == "https";
}

std::string websocket_accept(std::string_view key) {
  const std::string input = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE * 2> text;
  const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(length)};
}

bool is_websocket_key(std::string_view key) noexcept {
  // 16 octets are 21 whole digits, one of which only two bits count, and two of padding.
  if (key.size() != 24 || !key.ends_with("==")) return false;
  return std::all_of(key.begin(), key.begin() + 22, [](char c) { return base64_value(c) >= 0; });
}

}  // namespace switchboard::net
