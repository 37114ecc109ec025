// S3, row 36 of the fault matrix: RFC 6455 on the running product, in both subprotocols, before hello and
// after it. tests/net has the finer suite, against the connection alone; here it is shown that nothing above
// it changes how a connection must behave and fail.
#include "tests/e2e/world.hpp"
#include "tests/net/frames.hpp"
#include "tests/net/raw_client.hpp"

namespace switchboard::e2e {
namespace {

using namespace net::testing;
using net::Opcode;

struct Stage {
  Encoding encoding;
  bool signed_in;

  std::string name() const {
    return std::string(encoding == Encoding::json ? "json" : "pb") +
           (signed_in ? " after hello" : " before hello");
  }
  Opcode opcode() const { return encoding == Encoding::json ? Opcode::text : Opcode::binary; }
};

const Stage stages[] = {
    {Encoding::json, false}, {Encoding::json, true}, {Encoding::protobuf, false}, {Encoding::protobuf, true}};

class ProductConformance : public World {
 protected:
  std::string hello(const Stage& stage) {
    return encode(stage.encoding, ClientFrame{1, Hello{.shop = "corner", .device = test::fresh_word()}});
  }

  // A connection that has come this far.
  std::unique_ptr<RawClient> at(const Stage& stage) {
    auto raw = std::make_unique<RawClient>(gateway.port());
    std::string request = RawClient::upgrade_request();
    const std::string offered = "switchboard.v1.json";
    if (stage.encoding == Encoding::protobuf)
      request.replace(request.find(offered), offered.size(), subprotocol_protobuf);
    EXPECT_TRUE(raw->send(request));
    EXPECT_TRUE(raw->read_head().starts_with("HTTP/1.1 101 "));
    if (!stage.signed_in) return raw;
    EXPECT_TRUE(raw->send(client_frame(stage.opcode(), hello(stage))));
    EXPECT_TRUE(welcomed(*raw, stage));
    return raw;
  }

  // Reads up to the welcome, past what is pushed.
  bool welcomed(RawClient& raw, const Stage& stage) {
    while (const auto frame = raw.read_frame()) {
      if (frame->opcode() != static_cast<unsigned>(stage.opcode())) continue;
      const auto decoded = decode_server(stage.encoding, frame->payload);
      if (decoded && std::holds_alternative<Welcome>(decoded->body)) return true;
    }
    return false;
  }

  // The code with which the connection ends; what is pushed before is skipped.
  static std::uint16_t end_of(RawClient& raw) {
    while (const auto frame = raw.read_frame()) {
      if (frame->opcode() != 0x8) continue;
      raw.send(client_frame(Opcode::close, ""));  // as a right client answers
      EXPECT_TRUE(raw.at_end()) << "TCP goes on after a Close";
      return frame->close_code();
    }
    return 1006;
  }
};

struct Wrong {
  std::string what, octets;
  std::uint16_t code;
};

std::vector<Wrong> everything_wrong() {
  std::vector<Wrong> all;
  for (int bits = 1; bits <= 7; ++bits)
    for (const unsigned opcode : {0x1, 0x2, 0x8, 0x9})
      all.push_back(
          {"5.2 reserved bits", raw_frame(static_cast<unsigned char>(0x80 | bits << 4 | opcode), "x"), 1002});
  for (const unsigned char opcode : {0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF})
    all.push_back({"5.2 reserved opcode", raw_frame(0x80 | opcode, "payload"), 1002});
  for (const unsigned char first : {0x81, 0x82, 0x89, 0x8A})
    all.push_back({"5.1 unmasked", raw_frame(first, "plain", false), 1002});
  all.push_back({"5.2 length not shortest", raw_frame(0x82, "short", true, LengthForm::in_two), 1002});
  all.push_back({"5.2 length not shortest", raw_frame(0x82, "short", true, LengthForm::in_eight), 1002});
  all.push_back({"5.5 long ping", raw_frame(0x89, std::string(126, 'p')), 1002});
  all.push_back({"5.5 fragmented ping", raw_frame(0x09, "ping"), 1002});
  all.push_back({"5.4 continuation of nothing", client_frame(Opcode::continuation, "x"), 1002});
  for (const Opcode opcode : {Opcode::text, Opcode::binary})
    all.push_back(
        {"5.4 message in a message", client_frame(opcode, "a", false) + client_frame(opcode, "b"), 1002});
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
    all.push_back({"7.4 close code",
                   client_frame(Opcode::close, close_payload(static_cast<std::uint16_t>(code))), 1002});
  all.push_back({"5.5.1 close of one octet", client_frame(Opcode::close, "x"), 1002});
  all.push_back({"8.1 close reason", client_frame(Opcode::close, close_payload(1000, "\xCE\xBA\xE1")), 1007});
  for (const char* bad : {"\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC0\xAF", "\xFF", "\x80"})
    all.push_back({"8.1 text", client_frame(Opcode::text, bad), 1007});
  all.push_back({"8.1 empty last fragment",
                 client_frame(Opcode::text, "cut \xE6\x8E", false) + client_frame(Opcode::continuation, ""),
                 1007});
  for (const int bits : {17, 31, 32, 40, 62})
    all.push_back({"10.4 giant frame", header_declaring(0x82, std::uint64_t{1} << bits), 1009});
  all.push_back({"5.2 highest bit of a length", header_declaring(0x82, std::uint64_t{1} << 63), 1002});
  std::string bomb = client_frame(Opcode::binary, "", false);
  for (int i = 0; i < 1'000; ++i) bomb += client_frame(Opcode::continuation, "", false);
  all.push_back({"fragment bomb", bomb, 1008});
  return all;
}

TEST_F(ProductConformance, S3_WhatIsNotRfc6455FailsTheConnectionWithItsCodeAtEveryStage) {
  auto& witness = visitor("Witness");
  for (const Stage& stage : stages)
    for (const Wrong& wrong : everything_wrong()) {
      const auto raw = at(stage);
      raw->send(wrong.octets);
      EXPECT_EQ(end_of(*raw), wrong.code) << wrong.what << ", " << stage.name();
    }
  EXPECT_FALSE(witness.open().id.empty()) << "others unharmed";
}

TEST_F(ProductConformance, S3_PingsFragmentsAndClosesAreServedAtEveryStage) {
  for (const Stage& stage : stages) {
    SCOPED_TRACE(stage.name());
    const auto raw = at(stage);
    raw->send(client_frame(Opcode::pong, "unasked") + client_frame(Opcode::ping, "are you there"));
    auto frame = raw->read_frame();
    while (frame && frame->opcode() != 0xA) frame = raw->read_frame();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->payload, "are you there");
    raw->send(client_frame(Opcode::close, close_payload(1000, "再见")));
    EXPECT_EQ(end_of(*raw), 1000);
  }
}

TEST_F(ProductConformance, S3_AHelloMayComeInFragmentsWithPingsBetweenAndOctetByOctet) {
  for (const Stage stage : {Stage{Encoding::json, false}, Stage{Encoding::protobuf, false}}) {
    SCOPED_TRACE(stage.name());
    const auto said = hello(stage);
    std::string octets = client_frame(stage.opcode(), said.substr(0, 1), false);
    for (std::size_t i = 1; i < said.size(); i += 4)
      octets += client_frame(Opcode::continuation, said.substr(i, 4), i + 4 >= said.size()) +
                (i == 1 ? client_frame(Opcode::ping, "between") : "");
    const auto raw = at(stage);
    raw->send_slowly(octets);
    EXPECT_TRUE(welcomed(*raw, stage));
  }
}

TEST_F(ProductConformance, S3_AMessageOfTheOtherTypeIs1003) {
  for (const Stage& stage : stages) {
    const auto raw = at(stage);
    raw->send(client_frame(stage.encoding == Encoding::json ? Opcode::binary : Opcode::text, "{}"));
    EXPECT_EQ(end_of(*raw), 1003) << stage.name();
  }
}

}  // namespace
}  // namespace switchboard::e2e
