// RFC 6455 over a real socket against the echo server: what a correct server must do, and how it must fail
// the connection of a client that is not. The client is a raw socket; each case is also sent octet by octet.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/net/echo_server.hpp"
#include "tests/net/frames.hpp"
#include "tests/net/raw_client.hpp"

namespace switchboard::net::testing {
namespace {

constexpr unsigned text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA;

class Conformance : public ::testing::Test {
 protected:
  EchoServer server;
};

// Sends `octets` in a new connection and tells with which code the server fails it. What it echoes before is
// skipped.
std::uint16_t failure_of(EchoServer& server, const std::string& octets, bool slowly = false) {
  RawClient client(server.port());
  client.upgrade();
  slowly ? client.send_slowly(octets) : client.send(octets);
  while (const auto frame = client.read_frame()) {
    if (frame->opcode() != close) continue;
    EXPECT_TRUE(client.at_end()) << "TCP goes on after a failure";
    return frame->close_code();
  }
  return 1006;
}

void expect_failure(EchoServer& server, const std::string& octets, std::uint16_t code) {
  EXPECT_EQ(failure_of(server, octets), code);
  if (octets.size() < 1'000) {
    EXPECT_EQ(failure_of(server, octets, true), code) << "octet by octet";
  }
  // A message before it does not change how it ends.
  EXPECT_EQ(failure_of(server, client_frame(Opcode::text, "before") + octets), code) << "behind a message";
}

void expect_echo(RawClient& client, const std::string& octets, unsigned opcode, const std::string& payload) {
  ASSERT_TRUE(client.send(octets));
  const auto frame = client.read_frame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->first, 0x80 | opcode);
  EXPECT_EQ(frame->payload, payload);
}

void expect_closed(RawClient& client, std::uint16_t code) {
  const auto frame = client.read_frame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->opcode(), close);
  EXPECT_EQ(frame->close_code(), code);
  EXPECT_TRUE(client.at_end());
}

// --- framing ---

TEST_F(Conformance, Rfc5_2_MessagesOfEverySizeComeBack) {
  RawClient client(server.port());
  client.upgrade();
  for (const std::size_t size : {0, 1, 125, 126, 127, 128, 1'000, 65'535, 65'536}) {
    expect_echo(client, client_frame(Opcode::text, std::string(size, '*')), text, std::string(size, '*'));
    expect_echo(client, client_frame(Opcode::binary, std::string(size, '\xFE')), binary,
                std::string(size, '\xFE'));
  }
}

TEST_F(Conformance, Rfc5_2_AMessageMaySpanAnyNumberOfSegments) {
  RawClient client(server.port());
  client.upgrade();
  const std::string frame = client_frame(Opcode::text, "这是一条被切得很碎的消息 and more");
  ASSERT_TRUE(client.send_slowly(frame));
  EXPECT_EQ(client.read_frame()->payload, "这是一条被切得很碎的消息 and more");
}

TEST_F(Conformance, Rfc5_2_ManyMessagesInOneSegmentAllComeBackInOrder) {
  RawClient client(server.port());
  client.upgrade();
  std::string octets;
  for (int i = 0; i < 1'000; ++i) octets += client_frame(Opcode::text, "message " + std::to_string(i));
  ASSERT_TRUE(client.send(octets));
  for (int i = 0; i < 1'000; ++i) {
    const auto frame = client.read_frame();
    ASSERT_TRUE(frame);
    ASSERT_EQ(frame->payload, "message " + std::to_string(i));
  }
}

TEST_F(Conformance, Rfc4_1_WhatIsPipelinedBehindTheHandshakeIsNotLost) {
  RawClient client(server.port());
  client.upgrade(client_frame(Opcode::text, "one") + client_frame(Opcode::ping, "two") +
                 client_frame(Opcode::binary, "three").substr(0, 7));
  const auto first = client.read_frame();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->payload, "one");
  EXPECT_EQ(client.read_frame()->opcode(), pong);
  expect_echo(client, client_frame(Opcode::binary, "three").substr(7), binary, "three");
}

TEST_F(Conformance, Rfc5_2_ReservedBitsFail) {
  for (int bits = 1; bits <= 7; ++bits) {
    for (const unsigned opcode : {text, binary, ping, close}) {
      expect_failure(server, raw_frame(static_cast<unsigned char>(0x80 | bits << 4 | opcode), "x"), 1002);
    }
  }
}

TEST_F(Conformance, Rfc5_2_ReservedOpcodesFail) {
  for (const unsigned char opcode : {0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF}) {
    expect_failure(server, raw_frame(0x80 | opcode, ""), 1002);
    expect_failure(server, raw_frame(0x80 | opcode, "payload"), 1002);
  }
}

TEST_F(Conformance, Rfc5_1_UnmaskedFramesFail) {
  expect_failure(server, raw_frame(0x81, "plain", false), 1002);
  expect_failure(server, raw_frame(0x89, "", false), 1002);
  expect_failure(server, raw_frame(0x88, close_payload(1000), false), 1002);
}

TEST_F(Conformance, Rfc5_2_LengthsThatAreNotTheShortestFail) {
  expect_failure(server, raw_frame(0x82, "short", true, LengthForm::in_two), 1002);
  expect_failure(server, raw_frame(0x82, "short", true, LengthForm::in_eight), 1002);
}

// --- pings and pongs ---

TEST_F(Conformance, Rfc5_5_2_APingIsAnsweredWithItsPayload) {
  RawClient client(server.port());
  client.upgrade();
  for (const std::size_t size : {0, 1, 10, 125}) {
    expect_echo(client, client_frame(Opcode::ping, std::string(size, '\xFF')), pong,
                std::string(size, '\xFF'));
  }
}

TEST_F(Conformance, Rfc5_5_2_APingOf126OctetsFails) {
  expect_failure(server, raw_frame(0x89, std::string(126, 'p')), 1002);
}

TEST_F(Conformance, Rfc5_5_3_UnsolicitedPongsAreIgnored) {
  RawClient client(server.port());
  client.upgrade();
  expect_echo(client,
              client_frame(Opcode::pong, "") + client_frame(Opcode::pong, "unasked") +
                  client_frame(Opcode::text, "after"),
              text, "after");
}

TEST_F(Conformance, Rfc5_5_3_SeveralPingsAreAnsweredEachAndInOrder) {
  RawClient client(server.port());
  client.upgrade();
  std::string octets;
  for (int i = 0; i < 10; ++i) octets += client_frame(Opcode::ping, "ping " + std::to_string(i));
  ASSERT_TRUE(client.send(octets + client_frame(Opcode::text, "end")));
  for (int i = 0; i < 10; ++i) {
    const auto frame = client.read_frame();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->opcode(), pong);
    EXPECT_EQ(frame->payload, "ping " + std::to_string(i));
  }
}

TEST_F(Conformance, Rfc5_4_APingBetweenFragmentsIsAnsweredBeforeTheMessage) {
  RawClient client(server.port());
  client.upgrade();
  ASSERT_TRUE(
      client.send(client_frame(Opcode::text, "frag", false) + client_frame(Opcode::ping, "in between")));
  auto frame = client.read_frame();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->opcode(), pong);
  EXPECT_EQ(frame->payload, "in between");
  expect_echo(client, client_frame(Opcode::continuation, "ment"), text, "fragment");
}

// --- fragmentation ---

TEST_F(Conformance, Rfc5_4_FragmentsComeBackAsOneMessage) {
  RawClient client(server.port());
  client.upgrade();
  std::string octets = client_frame(Opcode::binary, "0", false);
  std::string whole = "0";
  for (int i = 1; i < 40; ++i) {
    octets += client_frame(Opcode::continuation, std::to_string(i), i == 39);
    whole += std::to_string(i);
  }
  expect_echo(client, octets, binary, whole);
  ASSERT_TRUE(client.send_slowly(octets));
  EXPECT_EQ(client.read_frame()->payload, whole);
}

TEST_F(Conformance, Rfc5_4_FragmentationErrorsFail) {
  expect_failure(server, client_frame(Opcode::continuation, "of nothing"), 1002);
  expect_failure(server, client_frame(Opcode::continuation, "of nothing", false), 1002);
  expect_failure(server, client_frame(Opcode::text, "a", false) + client_frame(Opcode::text, "b"), 1002);
  expect_failure(server,
                 client_frame(Opcode::text, "a", false) + client_frame(Opcode::continuation, "b") +
                     client_frame(Opcode::continuation, "c"),
                 1002);
  expect_failure(server, raw_frame(0x09, "fragmented ping"), 1002);
  expect_failure(server, raw_frame(0x08, ""), 1002);
}

// --- UTF-8 ---

TEST_F(Conformance, Rfc8_1_ValidTextsComeBackHoweverTheyAreCut) {
  const std::string said = "κόσμε 掌柜 Hello-µ@ßöäüàá \xF0\x9F\x98\x80 \xEF\xBF\xBF \xF4\x8F\xBF\xBF";
  RawClient client(server.port());
  client.upgrade();
  expect_echo(client, client_frame(Opcode::text, said), text, said);
  for (std::size_t cut = 0; cut <= said.size(); ++cut) {
    expect_echo(client,
                client_frame(Opcode::text, said.substr(0, cut), false) +
                    client_frame(Opcode::continuation, said.substr(cut)),
                text, said);
  }
}

TEST_F(Conformance, Rfc8_1_InvalidTextsFail) {
  for (const char* bad :
       {"\xCE\xBA\xE1\xBD\xB9\xED\xA0\x80zz", "\xF4\x90\x80\x80", "\xC0\xAF", "\xE0\x80\xAF",
        "\xF0\x80\x80\xAF", "\xFE", "\xFF", "\x80", "\xC3", "\xF8\x88\x80\x80\x80", "\xED\xBF\xBF"}) {
    expect_failure(server, client_frame(Opcode::text, bad), 1007);
    expect_failure(server, client_frame(Opcode::text, "in ", false) + client_frame(Opcode::continuation, bad),
                   1007);
  }
}

TEST_F(Conformance, Rfc8_1_AnEmptyLastFragmentDoesNotHideACutCodePoint) {
  expect_failure(server,
                 client_frame(Opcode::text, "cut \xE6\x8E", false) + client_frame(Opcode::continuation, ""),
                 1007);
}

TEST_F(Conformance, Rfc8_1_InvalidTextFailsBeforeTheMessageIsComplete) {
  std::string octets = client_frame(Opcode::text, "bad \xFF and a rest that never comes");
  octets.resize(12);
  EXPECT_EQ(failure_of(server, octets), 1007);
  EXPECT_EQ(failure_of(server, client_frame(Opcode::text, "bad \xFF", false)), 1007);
}

// --- closing ---

TEST_F(Conformance, Rfc5_5_1_ACloseIsAnsweredWithItsCodeAndTcpEnds) {
  for (const int code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
    RawClient client(server.port());
    client.upgrade();
    client.send(client_frame(Opcode::close, close_payload(static_cast<std::uint16_t>(code), "再见")));
    expect_closed(client, static_cast<std::uint16_t>(code));
    const auto end = server.next_end();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, code);
    EXPECT_EQ(end->reason, "再见");
    EXPECT_TRUE(end->by_peer);
  }
}

TEST_F(Conformance, Rfc5_5_1_ACloseWithoutACodeIsAnsweredWithoutOne) {
  RawClient client(server.port());
  client.upgrade();
  client.send(client_frame(Opcode::close, ""));
  expect_closed(client, 1005);
  EXPECT_EQ(server.next_end()->code, 1005);
}

TEST_F(Conformance, Rfc7_4_CloseCodesThatMayNotBeSentFail) {
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    expect_failure(server, client_frame(Opcode::close, close_payload(static_cast<std::uint16_t>(code))),
                   1002);
  }
}

TEST_F(Conformance, Rfc5_5_1_ClosesThatAreTooShortOrTooLongOrNotUtf8Fail) {
  expect_failure(server, client_frame(Opcode::close, "x"), 1002);
  expect_failure(server, raw_frame(0x88, close_payload(1000, std::string(124, 'r'))), 1002);
  expect_failure(server, client_frame(Opcode::close, close_payload(1000, "\xCE\xBA\xE1")), 1007);
}

TEST_F(Conformance, Rfc5_5_1_NothingBehindACloseIsTaken) {
  for (const auto& behind : {client_frame(Opcode::text, "late"), client_frame(Opcode::ping, "late"),
                             client_frame(Opcode::close, close_payload(1001))}) {
    RawClient client(server.port());
    client.upgrade();
    client.send(client_frame(Opcode::close, close_payload(1000)) + behind);
    expect_closed(client, 1000);
  }
}

TEST_F(Conformance, Rfc5_5_1_MessagesBeforeACloseAreAnsweredFirst) {
  RawClient client(server.port());
  client.upgrade();
  expect_echo(client,
              client_frame(Opcode::text, "last words") + client_frame(Opcode::close, close_payload(1000)),
              text, "last words");
  expect_closed(client, 1000);
}

TEST_F(Conformance, Rfc7_1_5_AStreamThatEndsWithoutACloseIs1006) {
  {
    RawClient client(server.port());
    client.upgrade(client_frame(Opcode::text, "half", false));
    client.shutdown_send();
    EXPECT_TRUE(client.at_end());
  }
  EXPECT_EQ(server.next_end()->code, 1006);
  RawClient client(server.port());
  client.upgrade();
  client.reset();
  EXPECT_EQ(server.next_end()->code, 1006);
}

// --- limits ---

TEST_F(Conformance, Rfc10_4_GiantFramesAreRefusedAtTheirHeader) {
  for (const int bits : {17, 31, 32, 40, 62}) {
    expect_failure(server, header_declaring(0x82, std::uint64_t{1} << bits), 1009);
  }
  expect_failure(server, header_declaring(0x81, std::uint64_t{1} << 63), 1002);
}

TEST_F(Conformance, Rfc10_4_AMessageThatIsReallyTooBigIsRefusedThoughItIsStillBeingSent) {
  expect_failure(server, client_frame(Opcode::binary, std::string(10 * 1024 * 1024, 'x')), 1009);
  std::string fragments = client_frame(Opcode::binary, std::string(40'000, 'x'), false);
  fragments += client_frame(Opcode::continuation, std::string(40'000, 'x'));
  expect_failure(server, fragments, 1009);
}

TEST_F(Conformance, S2_AFragmentBombFails) {
  std::string bomb = client_frame(Opcode::text, "", false);
  for (int i = 0; i < 100'000; ++i) bomb += client_frame(Opcode::continuation, "", false);
  EXPECT_EQ(failure_of(server, bomb), 1008);
}

}  // namespace
}  // namespace switchboard::net::testing
