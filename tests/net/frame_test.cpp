// The frame codec, rule by rule; each name carries the section of RFC 6455 that it shows.
#include "server/net/frame.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/net/frames.hpp"

namespace switchboard::net {
namespace {

using testing::client_frame;
using testing::close_payload;
using testing::final_bit;
using testing::header_declaring;
using testing::LengthForm;
using testing::raw_frame;
using Kind = Parsed::Kind;

struct Found {
  Kind kind;
  std::uint16_t code = 0;
  std::string payload;
  friend bool operator==(const Found&, const Found&) = default;
};

std::ostream& operator<<(std::ostream& out, const Found& found) {
  return out << "{kind " << static_cast<int>(found.kind) << ", code " << found.code << ", "
             << found.payload.size() << " octets: " << found.payload.substr(0, 40) << "}";
}

// Everything that the parser finds in `octets`, given in pieces of `piece` octets.
std::vector<Found> parse(FrameParser& parser, std::string octets, std::size_t piece = std::string::npos) {
  std::vector<Found> all;
  for (std::size_t begin = 0; begin < octets.size(); begin += std::min(piece, octets.size())) {
    std::string given = octets.substr(begin, piece);
    for (std::span<char> left(given); !left.empty();) {
      const Parsed parsed = parser.next(left);
      EXPECT_LE(parsed.consumed, left.size());
      left = left.subspan(parsed.consumed);
      if (parsed.kind == Kind::need_more) {
        EXPECT_TRUE(left.empty());
        continue;
      }
      all.push_back({parsed.kind, parsed.code, std::string(parsed.payload)});
      if (parsed.kind == Kind::error) return all;
    }
  }
  return all;
}

// The same, whole and in pieces of every small size: the outcome must not depend on how TCP cut the stream.
std::vector<Found> parse_all_ways(const std::string& octets, const FrameLimits& limits = {},
                                  Role role = Role::server) {
  FrameParser whole(role, limits);
  const auto expected = parse(whole, octets);
  for (const std::size_t piece : {1, 2, 3, 5, 7, 11, 64, 1000}) {
    FrameParser parser(role, limits);
    const auto found = parse(parser, octets, static_cast<std::size_t>(piece));
    EXPECT_EQ(found, expected) << "in pieces of " << piece;
  }
  return expected;
}

std::uint16_t refusal_of(const std::string& octets, const FrameLimits& limits = {},
                         Role role = Role::server) {
  const auto found = parse_all_ways(octets, limits, role);
  return !found.empty() && found.back().kind == Kind::error ? found.back().code : 0;
}

using Several = std::vector<Found>;

// --- 5.2 base framing ---

TEST(Frame, Rfc5_7_TheExamplesOfTheRfcAreRead) {
  EXPECT_EQ(parse_all_ways("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
            (Several{{Kind::text, 0, "Hello"}}));
  EXPECT_EQ(parse_all_ways("\x81\x05Hello", {}, Role::client), (Several{{Kind::text, 0, "Hello"}}));
  EXPECT_EQ(parse_all_ways(std::string("\x01\x03Hel\x80\x02lo", 9), {}, Role::client),
            (Several{{Kind::text, 0, "Hello"}}));
  EXPECT_EQ(parse_all_ways("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"),
            (Several{{Kind::pong, 0, "Hello"}}));
}

TEST(Frame, Rfc5_2_EveryLengthUpToTheLimitIsReadInItsShortestForm) {
  for (const std::size_t size : {0, 1, 125, 126, 127, 128, 65'535, 65'536}) {
    const std::string payload(size, 'x');
    EXPECT_EQ(parse_all_ways(client_frame(Opcode::text, payload)), (Several{{Kind::text, 0, payload}}))
        << size;
    EXPECT_EQ(parse_all_ways(client_frame(Opcode::binary, payload)), (Several{{Kind::binary, 0, payload}}))
        << size;
  }
}

TEST(Frame, Rfc5_2_ALengthNotInTheShortestFormIsRefused) {
  EXPECT_EQ(refusal_of(raw_frame(0x81, "x", true, LengthForm::in_two)), 1002);
  EXPECT_EQ(refusal_of(raw_frame(0x81, std::string(125, 'x'), true, LengthForm::in_two)), 1002);
  EXPECT_EQ(refusal_of(raw_frame(0x81, std::string(126, 'x'), true, LengthForm::in_two)), 0);
  EXPECT_EQ(refusal_of(raw_frame(0x81, std::string(126, 'x'), true, LengthForm::in_eight)), 1002);
  EXPECT_EQ(refusal_of(raw_frame(0x81, std::string(65'535, 'x'), true, LengthForm::in_eight)), 1002);
}

TEST(Frame, Rfc5_2_ALengthWithTheHighestBitSetIsRefused) {
  EXPECT_EQ(refusal_of(header_declaring(0x82, std::uint64_t{1} << 63)), 1002);
  EXPECT_EQ(refusal_of(header_declaring(0x82, ~std::uint64_t{0})), 1002);
}

TEST(Frame, Rfc5_2_EachReservedBitIsRefusedInEveryFrame) {
  for (const unsigned char opcode : {0x1, 0x2, 0x8, 0x9, 0xA}) {
    for (int bits = 1; bits <= 7; ++bits) {
      EXPECT_EQ(refusal_of(raw_frame(static_cast<unsigned char>(final_bit | bits << 4 | opcode), "x")), 1002);
    }
  }
}

TEST(Frame, Rfc5_2_EachReservedOpcodeIsRefusedAtItsFirstOctets) {
  for (const unsigned char opcode : {0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF}) {
    EXPECT_EQ(refusal_of(raw_frame(final_bit | opcode, "")), 1002);
    EXPECT_EQ(refusal_of(raw_frame(opcode, "x")), 1002);
  }
}

TEST(Frame, Rfc5_1_AServerRefusesUnmaskedFramesAndAClientMaskedOnes) {
  EXPECT_EQ(refusal_of(raw_frame(0x81, "x", false)), 1002);
  EXPECT_EQ(refusal_of(raw_frame(0x89, "", false)), 1002);
  EXPECT_EQ(refusal_of(raw_frame(0x81, "x", true), {}, Role::client), 1002);
}

TEST(Frame, Rfc5_3_AnyMaskIsRemovedAtAnyOffset) {
  std::mt19937 random(7);
  for (int round = 0; round < 2'000; ++round) {
    std::string text(random() % 70, '\0');
    for (char& c : text) c = static_cast<char>(random());
    const std::array<unsigned char, 4> mask{
        static_cast<unsigned char>(random()), static_cast<unsigned char>(random()),
        static_cast<unsigned char>(random()), static_cast<unsigned char>(random())};
    const std::size_t at = random() % 9;
    std::string masked = text;
    apply_mask(masked, mask, at);
    for (std::size_t i = 0; i < text.size(); ++i) {
      ASSERT_EQ(masked[i], static_cast<char>(text[i] ^ static_cast<char>(mask[(at + i) % 4])));
    }
  }
}

// --- 5.4 fragmentation ---

TEST(Frame, Rfc5_4_FragmentsMakeOneMessageAndControlFramesMayComeBetweenThem) {
  const std::string octets = client_frame(Opcode::text, "Hel", false) + client_frame(Opcode::ping, "ping 1") +
                             client_frame(Opcode::continuation, "", false) + client_frame(Opcode::pong, "") +
                             client_frame(Opcode::continuation, "lo") + client_frame(Opcode::binary, "next");
  EXPECT_EQ(parse_all_ways(octets), (Several{{Kind::ping, 0, "ping 1"},
                                             {Kind::pong, 0, ""},
                                             {Kind::text, 0, "Hello"},
                                             {Kind::binary, 0, "next"}}));
}

TEST(Frame, Rfc5_4_AMessageOfEmptyFragmentsIsAnEmptyMessage) {
  EXPECT_EQ(
      parse_all_ways(client_frame(Opcode::text, "", false) + client_frame(Opcode::continuation, "", false) +
                     client_frame(Opcode::continuation, "")),
      (Several{{Kind::text, 0, ""}}));
}

TEST(Frame, Rfc5_4_AContinuationOfNothingIsRefused) {
  EXPECT_EQ(refusal_of(client_frame(Opcode::continuation, "x")), 1002);
  EXPECT_EQ(refusal_of(client_frame(Opcode::continuation, "x", false)), 1002);
  EXPECT_EQ(refusal_of(client_frame(Opcode::text, "whole") + client_frame(Opcode::continuation, "x")), 1002);
}

TEST(Frame, Rfc5_4_AMessageWithinAMessageIsRefused) {
  EXPECT_EQ(refusal_of(client_frame(Opcode::text, "a", false) + client_frame(Opcode::text, "b")), 1002);
  EXPECT_EQ(refusal_of(client_frame(Opcode::text, "a", false) + client_frame(Opcode::binary, "b", false)),
            1002);
}

TEST(Frame, S2_AMessageOfTooManyFragmentsIsRefused) {
  const FrameLimits limits{.message_fragments_max = 4};
  std::string octets = client_frame(Opcode::binary, "1", false);
  for (int i = 0; i < 2; ++i) octets += client_frame(Opcode::continuation, "2", false);
  EXPECT_EQ(parse_all_ways(octets + client_frame(Opcode::continuation, "4"), limits),
            (Several{{Kind::binary, 0, "1224"}}));
  octets += client_frame(Opcode::continuation, "4", false);
  EXPECT_EQ(refusal_of(octets + client_frame(Opcode::continuation, "5"), limits), 1008);
}

TEST(Frame, S2_EmptyFragmentsCountToo) {
  std::string octets = client_frame(Opcode::text, "", false);
  for (int i = 0; i < 64; ++i) octets += client_frame(Opcode::continuation, "", false);
  EXPECT_EQ(refusal_of(octets), 1008);
}

// --- 5.5 control frames ---

TEST(Frame, Rfc5_5_ControlFramesCarryUpTo125Octets) {
  const std::string most(125, 'p');
  EXPECT_EQ(parse_all_ways(client_frame(Opcode::ping, most)), (Several{{Kind::ping, 0, most}}));
  EXPECT_EQ(refusal_of(raw_frame(0x89, std::string(126, 'p'))), 1002);
  EXPECT_EQ(refusal_of(raw_frame(0x8A, std::string(126, 'p'))), 1002);
  EXPECT_EQ(refusal_of(raw_frame(0x88, close_payload(1000, std::string(124, 'r')))), 1002);
}

TEST(Frame, Rfc5_5_AFragmentedControlFrameIsRefused) {
  EXPECT_EQ(refusal_of(raw_frame(0x09, "p")), 1002);
  EXPECT_EQ(refusal_of(raw_frame(0x0A, "p")), 1002);
  EXPECT_EQ(refusal_of(raw_frame(0x08, "")), 1002);
}

TEST(Frame, Rfc5_5_ControlFramesMayCarryAnyOctets) {
  EXPECT_EQ(parse_all_ways(client_frame(Opcode::ping, "\xFF\xFE")), (Several{{Kind::ping, 0, "\xFF\xFE"}}));
}

TEST(Frame, Rfc5_5_1_ACloseTellsItsCodeAndReason) {
  EXPECT_EQ(parse_all_ways(client_frame(Opcode::close, "")), (Several{{Kind::close, 1005, ""}}));
  EXPECT_EQ(parse_all_ways(client_frame(Opcode::close, close_payload(1000))),
            (Several{{Kind::close, 1000, ""}}));
  EXPECT_EQ(parse_all_ways(client_frame(Opcode::close, close_payload(4999, "再见"))),
            (Several{{Kind::close, 4999, "再见"}}));
}

TEST(Frame, Rfc5_5_1_ACloseOfOneOctetOrWithABadReasonIsRefused) {
  EXPECT_EQ(refusal_of(client_frame(Opcode::close, "\x03")), 1002);
  EXPECT_EQ(refusal_of(client_frame(Opcode::close, close_payload(1000, "\xCE\xBA\xE1"))), 1007);
  EXPECT_EQ(refusal_of(client_frame(Opcode::close, close_payload(1000, "\xED\xA0\x80"))), 1007);
}

TEST(Frame, Rfc7_4_OnlyCloseCodesThatMayBeSentAreTaken) {
  for (const int code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
    EXPECT_EQ(refusal_of(client_frame(Opcode::close, close_payload(static_cast<std::uint16_t>(code)))), 0)
        << code;
  }
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    EXPECT_EQ(refusal_of(client_frame(Opcode::close, close_payload(static_cast<std::uint16_t>(code)))), 1002)
        << code;
  }
}

// --- 8.1 text ---

TEST(Frame, Rfc8_1_TextThatIsNotUtf8IsRefusedAndBinaryIsNotJudged) {
  const std::string bad = "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80\x65\x64";
  EXPECT_EQ(refusal_of(client_frame(Opcode::text, bad)), 1007);
  EXPECT_EQ(parse_all_ways(client_frame(Opcode::binary, bad)), (Several{{Kind::binary, 0, bad}}));
}

TEST(Frame, Rfc8_1_ACodePointMayBeCutBetweenFragmentsButNotAtTheEnd) {
  EXPECT_EQ(parse_all_ways(client_frame(Opcode::text, "\xE6", false) +
                           client_frame(Opcode::continuation, "\x8E", false) +
                           client_frame(Opcode::continuation, "\x8C")),
            (Several{{Kind::text, 0, "掌"}}));
  EXPECT_EQ(refusal_of(client_frame(Opcode::text, "\xE6\x8E")), 1007);
}

TEST(Frame, Rfc8_1_AnEmptyLastFragmentDoesNotHideACutCodePoint) {
  EXPECT_EQ(refusal_of(client_frame(Opcode::text, "shoes \xE6\x8E", false) +
                       client_frame(Opcode::continuation, "")),
            1007);
  EXPECT_EQ(
      refusal_of(client_frame(Opcode::text, "\xF0\x9F", false) + client_frame(Opcode::ping, "") +
                 client_frame(Opcode::continuation, "", false) + client_frame(Opcode::continuation, "")),
      1007);
}

TEST(Frame, Rfc8_1_ABadOctetIsRefusedBeforeItsFrameIsComplete) {
  FrameParser parser(Role::server);
  std::string octets = client_frame(Opcode::text, "abc\xFFwhat will never come");
  octets.resize(6 + 4);  // the header, and payload up to the bad octet
  EXPECT_EQ(parse(parser, octets), (Several{{Kind::error, 1007, "text is not UTF-8"}}));
}

TEST(Frame, Rfc8_1_ACodePointCutInOneMessageDoesNotReachIntoTheNext) {
  FrameParser parser(Role::server);
  EXPECT_EQ(parse(parser, client_frame(Opcode::text, "掌") + client_frame(Opcode::text, "\x8C")).back().code,
            1007);
}

// --- 10.4 limits ---

TEST(Frame, Rfc10_4_AGiantLengthIsRefusedAtTheHeader) {
  for (const int bits : {17, 31, 32, 40, 62}) {
    EXPECT_EQ(refusal_of(header_declaring(0x82, std::uint64_t{1} << bits)), 1009) << bits;
    EXPECT_EQ(refusal_of(client_frame(Opcode::binary, "begun", false) +
                         header_declaring(0x80, std::uint64_t{1} << bits)),
              1009)
        << bits;
  }
}

TEST(Frame, Rfc10_4_FragmentsTogetherMayNotExceedTheLimit) {
  const FrameLimits limits{.message_octets_max = 10};
  EXPECT_EQ(
      parse_all_ways(
          client_frame(Opcode::binary, "12345", false) + client_frame(Opcode::continuation, "67890"), limits),
      (Several{{Kind::binary, 0, "1234567890"}}));
  EXPECT_EQ(
      refusal_of(client_frame(Opcode::binary, "12345", false) + client_frame(Opcode::continuation, "678901"),
                 limits),
      1009);
  EXPECT_EQ(refusal_of(client_frame(Opcode::binary, "12345678901"), limits), 1009);
}

TEST(Frame, Rfc10_4_TheLimitCountsAnewForEachMessage) {
  const FrameLimits limits{.message_octets_max = 4, .message_fragments_max = 2};
  std::string octets;
  for (int i = 0; i < 5; ++i)
    octets += client_frame(Opcode::text, "ab", false) + client_frame(Opcode::continuation, "cd");
  EXPECT_EQ(parse_all_ways(octets, limits).size(), 5u);
}

// --- the parser itself ---

TEST(Frame, AMessageThatLiesWholeInTheInputIsNotCopied) {
  FrameParser parser(Role::server);
  std::string octets = client_frame(Opcode::text, "whole");
  const Parsed parsed = parser.next(octets);
  EXPECT_EQ(parsed.payload.data(), octets.data() + 6);
  EXPECT_EQ(parsed.payload, "whole");
}

TEST(Frame, MidMessageTellsWhetherSomethingHasBegun) {
  FrameParser parser(Role::server);
  EXPECT_FALSE(parser.mid_message());
  const std::string octets =
      client_frame(Opcode::text, "half", false) + client_frame(Opcode::continuation, "whole");
  for (std::size_t i = 0; i + 1 < octets.size(); ++i) {
    std::string one(1, octets[i]);
    ASSERT_EQ(parser.next(one).kind, Kind::need_more);
    ASSERT_TRUE(parser.mid_message());
  }
  std::string last(1, octets.back());
  EXPECT_EQ(parser.next(last).payload, "halfwhole");
  EXPECT_FALSE(parser.mid_message());
}

TEST(Frame, AfterARefusalTheParserStaysRefusing) {
  FrameParser parser(Role::server);
  EXPECT_EQ(parse(parser, raw_frame(0x83, "")).back().code, 1002);
  EXPECT_EQ(parse(parser, client_frame(Opcode::text, "fine")).back().code, 1002);
}

TEST(Frame, RandomConversationsAreReadTheSameHoweverTheyAreCut) {
  std::mt19937 random(42);
  for (int round = 0; round < 200; ++round) {
    std::string octets;
    for (auto messages = 1 + random() % 5; messages > 0; --messages) {
      const std::string text(random() % 300, static_cast<char>('a' + random() % 26));
      const std::size_t cut = text.empty() ? 0 : random() % text.size();
      octets += client_frame(Opcode::text, text.substr(0, cut), false);
      if (random() % 2 == 0) octets += client_frame(Opcode::ping, text.substr(0, random() % 100));
      octets += client_frame(Opcode::continuation, text.substr(cut));
      octets += client_frame(Opcode::binary, text);
    }
    parse_all_ways(octets);
  }
}

// --- encoding ---

TEST(Frame, Rfc5_2_AServersHeaderUsesTheShortestLength) {
  EXPECT_EQ(encode_header(Opcode::text, 5).view(), "\x81\x05");
  EXPECT_EQ(encode_header(Opcode::binary, 125).view(), "\x82\x7D");
  EXPECT_EQ(encode_header(Opcode::binary, 126).view(), std::string("\x82\x7E\x00\x7E", 4));
  EXPECT_EQ(encode_header(Opcode::binary, 65'535).view(), "\x82\x7E\xFF\xFF");
  EXPECT_EQ(encode_header(Opcode::binary, 65'536).view(), std::string("\x82\x7F\0\0\0\0\0\x01\0\0", 10));
  EXPECT_EQ(encode_header(Opcode::text, 0, false).view(), std::string("\x01\x00", 2));
}

TEST(Frame, Rfc5_3_AClientsFrameIsMaskedAndReadBack) {
  std::string octets;
  append_client_frame(octets, Opcode::text, "Hello", testing::test_mask);
  EXPECT_EQ(octets, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  for (const std::size_t size : {0, 1, 125, 126, 65'535, 65'536}) {
    std::string frame;
    append_client_frame(frame, Opcode::binary, std::string(size, 'y'), testing::test_mask);
    EXPECT_EQ(frame, client_frame(Opcode::binary, std::string(size, 'y')));
  }
}

TEST(Frame, Rfc5_5_1_ALongCloseReasonIsCutAtACodePoint) {
  EXPECT_EQ(encode_close_payload(1000, ""), std::string("\x03\xE8"));
  std::string reason;
  for (int i = 0; i < 60; ++i) reason += "掌";
  const std::string payload = encode_close_payload(4002, reason);
  EXPECT_LE(payload.size(), control_payload_octets_max);
  EXPECT_GT(payload.size(), control_payload_octets_max - 3);
  EXPECT_TRUE(is_utf8(std::string_view(payload).substr(2)));
}

}  // namespace
}  // namespace switchboard::net
