// HTTP over a real socket: upgrades that are refused and why, handlers, static files, limits, hostile
// requests.
#include "server/net/http.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/net/echo_server.hpp"
#include "tests/net/frames.hpp"
#include "tests/net/raw_client.hpp"

namespace switchboard::net::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// What the server answers to `request`, head only.
std::string head_of(EchoServer& server, const std::string& request) {
  RawClient client(server.port());
  client.send(request);
  return client.read_head();
}

unsigned status_of(const std::string& head) {
  return head.starts_with("HTTP/1.1 ") ? static_cast<unsigned>(std::stoi(head.substr(9, 3))) : 0;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, what.size(), with);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string get(const std::string& path, const std::string& extra = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + extra + "\r\n";
}

// --- the upgrade ---

class Upgrade : public ::testing::Test {
 protected:
  EchoServer server;
  const std::string good = RawClient::upgrade_request();
};

TEST_F(Upgrade, Rfc4_2_2_AGoodRequestIsAnsweredWith101AndItsProof) {
  const std::string head = head_of(server, good);
  EXPECT_EQ(status_of(head), 101u);
  EXPECT_TRUE(contains(head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
  EXPECT_TRUE(contains(head, "Sec-WebSocket-Protocol: switchboard.v1.json\r\n"));
  EXPECT_FALSE(contains(head, "Sec-WebSocket-Extensions"));
}

TEST_F(Upgrade, Rfc4_2_1_HeaderNamesAndTokensAreTakenInAnyCaseAndInLists) {
  std::string request = replaced(good, "Connection: Upgrade", "connection: keep-alive,  UPGRADE");
  request = replaced(request, "Upgrade: websocket", "UPGRADE: WebSocket");
  EXPECT_EQ(status_of(head_of(server, request)), 101u);
}

TEST_F(Upgrade, Rfc4_2_1_ABadRequestIsRefusedWithTheRightStatus) {
  const auto status = [&](const std::string& what, const std::string& with) {
    return status_of(head_of(server, replaced(good, what, with)));
  };
  EXPECT_EQ(status("GET ", "POST "), 405u);
  EXPECT_EQ(status("HTTP/1.1", "HTTP/1.0"), 400u);
  EXPECT_EQ(status("Host: localhost\r\n", ""), 400u);
  EXPECT_EQ(status("Host: localhost\r\n", "Host: a\r\nHost: b\r\n"), 400u);
  EXPECT_EQ(status("Upgrade: websocket\r\n", ""), 426u);
  EXPECT_EQ(status("Upgrade: websocket", "Upgrade: h2c"), 426u);
  EXPECT_EQ(status("Connection: Upgrade\r\n", ""), 426u);
  EXPECT_EQ(status("Connection: Upgrade", "Connection: keep-alive"), 426u);
  EXPECT_EQ(status("Version: 13", "Version: 8"), 426u);
  EXPECT_EQ(status("Version: 13", "Version: 13, 8"), 426u);
  EXPECT_EQ(status("Sec-WebSocket-Version: 13\r\n", ""), 426u);
  EXPECT_EQ(status("dGhlIHNhbXBsZSBub25jZQ==", ""), 400u);
  EXPECT_EQ(status("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ"), 400u);
  EXPECT_EQ(status("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZSE="), 400u);
  EXPECT_EQ(status("dGhlIHNhbXBsZSBub25jZQ==", "dGhl*HNhbXBsZSBub25jZQ=="), 400u);
  EXPECT_EQ(status("\r\n\r\n", "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"), 400u);
  EXPECT_EQ(status("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\nhello"), 400u);
  EXPECT_EQ(status("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400u);
  EXPECT_EQ(status("/v1/ws", "/v1/other"), 404u);
}

TEST_F(Upgrade, Rfc4_4_AWrongVersionIsToldTheRightOne) {
  EXPECT_TRUE(contains(head_of(server, replaced(good, "Version: 13", "Version: 25")),
                       "Sec-WebSocket-Version: 13\r\n"));
}

TEST_F(Upgrade, Rfc4_2_2_ExactlyOneSubprotocolInCommonIsChosenAndWithoutOneItIsRefused) {
  const auto chosen = [&](const std::string& offered) {
    return head_of(server, replaced(good, "switchboard.v1.json", offered));
  };
  EXPECT_TRUE(contains(chosen("switchboard.v1.pb, switchboard.v1.json"), "Protocol: switchboard.v1.pb\r\n"));
  EXPECT_TRUE(
      contains(chosen("chat, switchboard.v1.json, switchboard.v1.pb"), "Protocol: switchboard.v1.json\r\n"))
      << "the client's order counts";
  EXPECT_TRUE(
      contains(chosen("x\r\nSec-WebSocket-Protocol: switchboard.v1.pb"), "Protocol: switchboard.v1.pb\r\n"));
  EXPECT_EQ(status_of(chosen("chat, superchat")), 400u);
  EXPECT_EQ(status_of(chosen("SWITCHBOARD.V1.JSON")), 400u);
  EXPECT_EQ(status_of(head_of(server, replaced(good, "Sec-WebSocket-Protocol: switchboard.v1.json\r\n", ""))),
            400u);
}

TEST_F(Upgrade, Rfc4_2_1_ATargetMayBeAWholeUri) {
  EXPECT_EQ(status_of(head_of(server, replaced(good, " /v1/ws", " http://localhost/v1/ws"))), 101u);
  EXPECT_EQ(status_of(head_of(server, replaced(good, " /v1/ws", " HTTPS://localhost:1/v1/ws?x=1"))), 101u);
  EXPECT_EQ(status_of(head_of(server, replaced(good, " /v1/ws", " http://localhost"))), 404u);
  EXPECT_EQ(status_of(head_of(server, replaced(good, " /v1/ws", " ftp://localhost/v1/ws"))), 404u);
}

TEST_F(Upgrade, S3_TwoOriginsAreRefused) {
  EXPECT_EQ(status_of(head_of(server, RawClient::upgrade_request(
                                          "Origin: http://localhost\r\nOrigin: http://evil.example\r\n"))),
            400u);
}

TEST_F(Upgrade, Rfc9_1_CompressionIsDeclinedInAllItsForms) {
  for (const char* offer : {"permessage-deflate", "permessage-deflate; client_max_window_bits",
                            "permessage-deflate; server_no_context_takeover, x-webkit-deflate-frame"}) {
    RawClient client(server.port());
    client.send(RawClient::upgrade_request("Sec-WebSocket-Extensions: " + std::string(offer) + "\r\n"));
    EXPECT_FALSE(contains(client.read_head(), "Extensions"));
    client.send(raw_frame(0xC1, "compressed"));
    EXPECT_EQ(client.read_frame()->close_code(), 1002);
  }
}

TEST(UpgradeOrigin, S3_TheCallbackDecidesAndIsGivenTheOriginAsSent) {
  EchoOptions options;
  options.http.origin_allowed = [](std::string_view origin, const HttpRequest& request) {
    return origin == "https://shop.example" || (origin.empty() && request.query == "sdk");
  };
  EchoServer server(std::move(options));
  const auto status = [&](const std::string& origin) {
    return status_of(head_of(server, RawClient::upgrade_request("Origin: " + origin + "\r\n")));
  };
  EXPECT_EQ(status("https://shop.example"), 101u);
  EXPECT_EQ(status("http://shop.example"), 403u);
  EXPECT_EQ(status("https://shop.example.evil"), 403u);
  EXPECT_EQ(status("null"), 403u);
  EXPECT_EQ(status_of(head_of(server, RawClient::upgrade_request())), 403u);
  EXPECT_EQ(status_of(head_of(server, replaced(RawClient::upgrade_request(), "/v1/ws", "/v1/ws?sdk"))), 101u);
}

TEST(UpgradeRefused, N2_WhileNotAcceptingItIs503WithRetryAfter) {
  EchoOptions options;
  options.http.accepting = [] { return false; };
  EchoServer server(std::move(options));
  const std::string head = head_of(server, RawClient::upgrade_request());
  EXPECT_EQ(status_of(head), 503u);
  EXPECT_TRUE(contains(head, "Retry-After: "));
}

TEST(UpgradeRefused, N2_AfterStopNoRequestIsKeptAlive) {
  EchoServer server;
  RawClient idle(server.port());
  idle.send(get("/"));
  EXPECT_EQ(status_of(idle.read_head()), 404u);
  idle.read(std::string("not found\n").size());
  server.run([&] { server.http().stop(); });
  EXPECT_TRUE(idle.at_end());
}

// --- handlers ---

class Handlers : public ::testing::Test {
 protected:
  static EchoOptions with_routes() {
    EchoOptions options;
    options.http.limits.body_octets_max = 1'000;
    options.http.routes = {
        {"/api/",
         [](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
           HttpResponse response;
           response.body = request.method + " " + request.path + " ?" + request.query + " " + request.body;
           response.headers.emplace_back("X-Split", "a\r\nX-Injected: b");
           co_return response;
         }},
        {"/healthz",
         [](HttpRequest) -> boost::asio::awaitable<HttpResponse> { co_return HttpResponse{.body = "ok"}; }},
        {"/api/fails", [](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
           throw std::runtime_error("secret detail");
           co_return HttpResponse{};
         }}};
    return options;
  }
  EchoServer server{with_routes()};
};

TEST_F(Handlers, GetTheRequestAndAnswerIt) {
  RawClient client(server.port());
  client.send("POST /api/v1/things?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody");
  const std::string head = client.read_head();
  EXPECT_EQ(status_of(head), 200u);
  EXPECT_TRUE(contains(head, "Content-Length: 29\r\n"));
  EXPECT_TRUE(contains(head, "X-Content-Type-Options: nosniff\r\n"));
  EXPECT_FALSE(contains(head, "Injected"));
  EXPECT_EQ(client.read(29), "POST /api/v1/things ?a=b body");
}

TEST_F(Handlers, TheLongestRouteWinsAndAnExceptionTellsNothing) {
  RawClient client(server.port());
  client.send(get("/api/fails"));
  EXPECT_EQ(status_of(client.read_head()), 500u);
  EXPECT_EQ(client.read(15), "internal error\n");
}

TEST_F(Handlers, PipelinedRequestsAreAnsweredInOrder) {
  RawClient client(server.port());
  client.send(get("/api/1") + get("/healthz") + get("/nowhere") + get("/api/2"));
  EXPECT_EQ(status_of(client.read_head()), 200u);
  EXPECT_EQ(client.read(12), "GET /api/1 ?");
  client.read(1);
  EXPECT_EQ(status_of(client.read_head()), 200u);
  EXPECT_EQ(client.read(2), "ok");
  EXPECT_EQ(status_of(client.read_head()), 404u);
  client.read(10);
  EXPECT_EQ(status_of(client.read_head()), 200u);
  EXPECT_EQ(client.read(12), "GET /api/2 ?");
}

TEST_F(Handlers, ConnectionCloseIsHonoured) {
  RawClient client(server.port());
  client.send(get("/healthz", "Connection: close\r\n"));
  EXPECT_TRUE(contains(client.read_head(), "Connection: close\r\n"));
  EXPECT_EQ(client.read_to_end(), "ok");
}

TEST_F(Handlers, AClientThatWaitsForContinueIsToldToGoOn) {
  RawClient client(server.port());
  client.send("POST /api/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_head(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hi");
  EXPECT_EQ(status_of(client.read_head()), 200u);
}

TEST_F(Handlers, S2_ABodyOverTheLimitIs413) {
  const std::string body(2'000, 'b');
  EXPECT_EQ(
      status_of(head_of(server, "POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n" + body)),
      413u);
  EXPECT_EQ(status_of(head_of(server,
                              "POST /api/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                                  body + "\r\n0\r\n\r\n")),
            413u);
  EXPECT_EQ(
      status_of(head_of(server, "POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")),
      413u);
}

// --- hostile requests ---

TEST_F(Handlers, S2_AHeaderOverTheLimitIs431HoweverItIsMade) {
  const std::string megabyte(1'000'000, 'h');
  EXPECT_EQ(status_of(head_of(server, get("/", "X-Long: " + megabyte + "\r\n"))), 431u);
  EXPECT_EQ(status_of(head_of(server, get("/" + megabyte))), 431u);
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += "a: b\r\n";
  EXPECT_EQ(status_of(head_of(server, get("/", lines))), 431u);
  std::string protocols = "Sec-WebSocket-Protocol: a";
  for (int i = 0; i < 10'000; ++i) protocols += ", a";
  EXPECT_EQ(status_of(head_of(server, RawClient::upgrade_request(protocols + "\r\n"))), 431u);
}

TEST_F(Handlers, S2_WhatIsNotHttpIsRefusedCleanly) {
  EXPECT_EQ(status_of(head_of(server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")), 400u);
  EXPECT_EQ(status_of(head_of(server, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + get("/"))), 400u);
  EXPECT_EQ(status_of(head_of(server, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11) +
                                          std::string(100, 'r'))),
            400u);
  EXPECT_EQ(status_of(head_of(
                server, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx")),
            400u);
  EXPECT_EQ(status_of(head_of(server, "GET / HTTP/1.1\r\nHost x\r\n\r\n")), 400u);
  EXPECT_EQ(status_of(head_of(server, get("/healthz"))), 200u) << "and others are served";
}

TEST(HttpDeadline, S2_AHandshakeThatTricklesInIsCut) {
  EchoOptions options;
  options.http.limits.request_deadline = 300ms;
  EchoServer server(std::move(options));
  RawClient client(server.port());
  const std::string request = RawClient::upgrade_request();
  for (std::size_t i = 0; i < request.size() && client.send(request.substr(i, 1)); ++i) ::usleep(20'000);
  EXPECT_TRUE(client.at_end());
  EXPECT_EQ(server.admission().count(), 0u);
}

// Row 30 of the fault matrix: slow ones in great number.
TEST(HttpDeadline, S2_HundredsOfHandshakesThatDoNotEndCostOthersNothingAndAreAllCut) {
  EchoOptions options;
  options.http.limits.request_deadline = 2s;
  options.admission.connections_per_address_max = 0;
  EchoServer server(std::move(options));
  const std::string request = RawClient::upgrade_request();
  std::vector<std::unique_ptr<RawClient>> slow;
  for (std::size_t i = 0; i < 400; ++i) {
    slow.push_back(std::make_unique<RawClient>(server.port()));
    slow.back()->send(request.substr(0, i % request.size()));
  }
  RawClient witness(server.port());
  witness.upgrade();
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(witness.send(client_frame(Opcode::text, std::to_string(i))));
    ASSERT_EQ(witness.read_frame()->payload, std::to_string(i));
  }
  for (auto& one : slow) EXPECT_TRUE(one->at_end());
  slow.clear();
  EXPECT_EQ(server.admission().count(), 1u);
}

TEST(HttpDeadline, S2_AResponseThatIsNotTakenIsCut) {
  EchoOptions options;
  options.http.limits.response_deadline = 300ms;
  options.http.routes = {{"/big", [](HttpRequest) -> boost::asio::awaitable<HttpResponse> {
                            co_return HttpResponse{.body =
                                                       std::string(64 << 20, 'x')};  // more than sockets hold
                          }}};
  EchoServer server(std::move(options));
  RawClient client(server.port());
  client.send(get("/big"));
  EXPECT_EQ(status_of(client.read_head()), 200u);
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (server.admission().count() > 0 && std::chrono::steady_clock::now() < until) ::usleep(10'000);
  EXPECT_EQ(server.admission().count(), 0u);
}

// --- static files ---

class Files : public ::testing::Test {
 protected:
  Files() {
    put("index.html", "<p>shop");
    put("widget.js", "load()");
    put("assets/index-BxYz12_3.js", "code");
    put("assets/logo.svg", "<svg/>");
    put("console/index.html", "<p>console");
    put("widget/index.html", "<p>widget");
    put(".hidden", "hidden");
    put("../secret.txt", "secret");
    fs::create_symlink(root.parent_path() / "secret.txt", root / "link.txt");
    auto loaded = StaticFiles::load(root);
    EXPECT_TRUE(loaded);
    EchoOptions options;
    options.http.files = std::make_shared<const StaticFiles>(std::move(loaded.value()));
    server.emplace(std::move(options));
  }
  ~Files() override { fs::remove_all(root.parent_path()); }

  void put(const std::string& path, const std::string& text) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  std::string head(const std::string& request) { return head_of(*server, request); }

  const fs::path root =
      fs::temp_directory_path() / ("switchboard-net-" + std::to_string(::getpid())) / "site";
  std::optional<EchoServer> server;
};

TEST_F(Files, PagesAreFoundByTheirDirectory) {
  RawClient client(server->port());
  for (const auto& [path, text] :
       {std::pair("/", "<p>shop"), std::pair("/index.html", "<p>shop"),
        std::pair("/console/?x=1", "<p>console"), std::pair("/widget/", "<p>widget")}) {
    client.send(get(path));
    const std::string answer = client.read_head();
    EXPECT_EQ(status_of(answer), 200u) << path;
    EXPECT_TRUE(contains(answer, "Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_TRUE(contains(answer, "Cache-Control: no-cache\r\n"));
    EXPECT_EQ(client.read(std::string(text).size()), text);
  }
  const std::string redirect = head(get("/console"));
  EXPECT_EQ(status_of(redirect), 308u);
  EXPECT_TRUE(contains(redirect, "Location: /console/\r\n"));
}

TEST_F(Files, S2_NoPathLeadsOut) {
  for (const char* path :
       {"/../secret.txt", "/%2e%2e/secret.txt", "/console/../../secret.txt", "/..%2fsecret.txt", "/.hidden",
        "/link.txt", "//etc/passwd", "/assets/", "/nothing", "/index.html/"}) {
    EXPECT_EQ(status_of(head(get(path))), 404u) << path;
  }
}

TEST_F(Files, HashedAssetsAreCachedForGoodAndOthersAreAskedFor) {
  EXPECT_TRUE(contains(head(get("/assets/index-BxYz12_3.js")),
                       "Cache-Control: public, max-age=31536000, immutable\r\n"));
  EXPECT_TRUE(contains(head(get("/assets/logo.svg")), "Cache-Control: no-cache\r\n"));
}

TEST_F(Files, AnEtagThatStillHoldsIs304WithoutABody) {
  const std::string first = head(get("/widget.js"));
  const std::size_t at = first.find("ETag: ") + 6;
  const std::string etag = first.substr(at, first.find("\r\n", at) - at);
  RawClient client(server->port());
  client.send(get("/widget.js", "If-None-Match: \"other\", " + etag + "\r\n") + get("/"));
  EXPECT_EQ(status_of(client.read_head()), 304u);
  EXPECT_EQ(status_of(client.read_head()), 200u);
  EXPECT_EQ(status_of(head(get("/widget.js", "If-None-Match: \"other\"\r\n"))), 200u);
}

TEST_F(Files, HeadHasNoBodyAndOtherMethodsAreRefused) {
  RawClient client(server->port());
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + get("/widget.js"));
  EXPECT_TRUE(contains(client.read_head(), "Content-Length: 7\r\n"));
  EXPECT_TRUE(contains(client.read_head(), "text/javascript"));
  EXPECT_EQ(status_of(head("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")), 405u);
}

TEST_F(Files, S2_PagesRunTheirOwnScriptsAloneAndTheWidgetAloneMayBeFramed) {
  const std::string shop = head(get("/")), console = head(get("/console/")), widget = head(get("/widget/"));
  for (const std::string& page : {shop, console, widget}) {
    EXPECT_TRUE(contains(page, "script-src 'self';"));
    EXPECT_TRUE(contains(page, "X-Content-Type-Options: nosniff\r\n"));
  }
  EXPECT_TRUE(contains(shop, "frame-ancestors 'self'"));
  EXPECT_TRUE(contains(console, "frame-ancestors 'none'"));
  EXPECT_TRUE(contains(console, "X-Frame-Options: DENY\r\n"));
  EXPECT_FALSE(contains(widget, "frame-ancestors"));
  EXPECT_FALSE(contains(widget, "X-Frame-Options"));
  EXPECT_TRUE(contains(head(get("/widget.js")), "Cross-Origin-Resource-Policy: cross-origin\r\n"));
}

TEST_F(Files, S2_TooManyOctetsOrNoDirectoryIsAnErrorForTheOperator) {
  EXPECT_TRUE(contains(StaticFiles::load(root, 10).error(), "more than 10 octets"));
  EXPECT_TRUE(contains(StaticFiles::load(root / "nowhere").error(), "nowhere"));
}

}  // namespace
}  // namespace switchboard::net::testing
