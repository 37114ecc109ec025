// What a stranger may send (S2, S3): a table of bytes, and for each what must come of it. Nothing here may
// cost more than a bounded multiple of its own size.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>

#include "proto/codec.hpp"
#include "tests/proto/samples.hpp"

namespace {
std::atomic<std::size_t> allocated_octets{0};
}

// Counts what this test program allocates, to bound what an input can make the codec allocate. Never inlined:
// whoever sees `free` of what came from `new` warns.
void* operator new(std::size_t size) {
  allocated_octets += size;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept {
  std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept {
  std::free(p);
}

namespace switchboard::proto {
namespace {

using namespace std::string_literals;

std::string repeated(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

std::string wrapped(int levels, const std::string& open, const std::string& close) {
  return repeated(open, static_cast<std::size_t>(levels)) + repeated(close, static_cast<std::size_t>(levels));
}

struct Case {
  const char* name;
  std::string bytes;
};

// ---------------------------------------------------------------- binary

std::vector<Case> bad_binary() {
  return {
      {"a length beyond the end", "\x2a\x05\x0a"s},
      {"a length of 2^31", "\x2a\x80\x80\x80\x80\x08"s},
      {"a length of 2^31 - 1", "\x2a\xff\xff\xff\xff\x07"s},
      {"a length of 2^63", "\x2a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"s},
      {"a varint without end", "\x08"s + std::string(11, '\xff')},
      {"a tag of field 0", "\x00\x00"s},
      {"wire type 6", "\x0e"s},
      {"wire type 7", "\x0f"s},
      {"an end of group that was not begun", "\x0c"s},
      {"a group that does not end", "\x93\x03"s},
      {"invalid UTF-8 in a string", "\x2a\x04\x0a\x02\xc3\x28"s},
      {"an encoded surrogate in a string", "\x2a\x05\x0a\x03\xed\xa0\x80"s},
      {"groups nested 1,000 deep in an unknown field",
       repeated("\x93\x03", 1'000) + repeated("\x94\x03", 1'000)},
      {"groups nested 33 deep in an unknown field", repeated("\x93\x03", 33) + repeated("\x94\x03", 33)},
      {"text", "GET / HTTP/1.1\r\n\r\n"},
      {"JSON", R"({"ref":1,"heartbeat":{}})"},
  };
}

TEST(Hostile, S3_binary_that_cannot_be_decoded_gives_nothing) {
  for (const Case& bad : bad_binary()) EXPECT_FALSE(decode_client(Encoding::protobuf, bad.bytes)) << bad.name;
}

TEST(Hostile, S3_protobuf_cut_at_every_octet_never_crashes) {
  for (const ClientFrame& frame : samples::client_frames()) {
    const std::string whole = encode(Encoding::protobuf, frame);
    for (std::size_t n = 0; n < whole.size(); ++n)
      (void)decode_client(Encoding::protobuf, whole.substr(0, n));
  }
}

TEST(Hostile, S3_every_octet_changed_in_every_frame_gives_a_defined_result) {
  for (const ClientFrame& frame : samples::client_frames()) {
    for (const Encoding encoding : {Encoding::protobuf, Encoding::json}) {
      const std::string whole = encode(encoding, frame);
      for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const int flip : {0x01, 0x02, 0x07, 0x20, 0x80, 0xff}) {
          std::string changed = whole;
          changed[at] = static_cast<char>(changed[at] ^ flip);
          (void)decode_client(encoding, changed);
          (void)decode_server(encoding, changed);
        }
      }
    }
  }
}

TEST(Hostile, a_field_of_a_wrong_wire_type_is_an_unknown_field) {
  const auto frame =
      decode_client(Encoding::protobuf, "\x28\x05\x4a\x00"s);  // post as a varint, then a heartbeat
  ASSERT_TRUE(frame);
  EXPECT_TRUE(std::holds_alternative<Heartbeat>(frame->body));
}

TEST(Hostile, of_two_bodies_in_binary_the_last_one_counts) {
  const auto frame = decode_client(Encoding::protobuf, "\x2a\x02\x18\x05\x4a\x00"s);  // post, then heartbeat
  ASSERT_TRUE(frame);
  EXPECT_TRUE(std::holds_alternative<Heartbeat>(frame->body));
}

TEST(Hostile, nothing_at_all_is_a_frame_without_body) {
  const auto frame = decode_client(Encoding::protobuf, "");
  ASSERT_TRUE(frame);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(frame->body));
}

// ---------------------------------------------------------------- JSON

std::vector<Case> bad_json() {
  return {
      {"nothing", ""},
      {"a cut object", R"({"ref":1)"},
      {"more behind the end", R"({"ref":1} {})"},
      {"an array", "[]"},
      {"a number", "1"},
      {"null", "null"},
      {"a byte order mark", "\xef\xbb\xbf{}"},
      {"single quotes", "{'ref':1}"},
      {"a bare key", "{ref:1}"},
      {"a comma too many", R"({"ref":1,})"},
      {"a comment", R"({"ref":1/**/})"},
      {"NaN", R"({"ref":NaN})"},
      {"a leading zero", R"({"ref":01})"},
      {"a control character in a string", "{\"post\":{\"clientId\":\"a\nb\"}}"},
      {"invalid UTF-8 in a string", "{\"post\":{\"clientId\":\"\xc3\x28\"}}"},
      {"invalid UTF-8 in an unknown field", "{\"later\":\"\xff\"}"},
      {"a cut code point at the end", "{\"post\":{\"clientId\":\"\xe4\xb8\"}}"},
      {"an overlong code point", "{\"post\":{\"clientId\":\"\xc0\xaf\"}}"},
      {"a code point over U+10FFFF", "{\"post\":{\"clientId\":\"\xf4\x90\x80\x80\"}}"},
      {"an encoded surrogate", "{\"post\":{\"clientId\":\"\xed\xa0\x80\"}}"},
      {"a lone high surrogate", R"({"post":{"clientId":"\ud800"}})"},
      {"a lone low surrogate", R"({"post":{"clientId":"\udc00"}})"},
      {"two high surrogates", R"({"post":{"clientId":"\ud800\ud800"}})"},
      {"a high surrogate and a letter", R"({"post":{"clientId":"\ud800a"}})"},
      {"10,000 arrays deep", wrapped(10'000, "[", "]")},
      {"10,000 objects deep, never closed", repeated(R"({"a":)", 10'000)},
      {"33 deep in an unknown field", R"({"later":)" + wrapped(33, "[", "]") + "}"},
      {"a string for a message", R"({"post":"x"})"},
      {"an array for a message", R"({"post":[]})"},
      {"a message for a string", R"({"post":{"clientId":{}}})"},
      {"a number for a string", R"({"post":{"clientId":1}})"},
      {"a string for a truth", R"({"setTyping":{"on":"true"}})"},
      {"a truth for a number", R"({"ref":true})"},
      {"an object for a list", R"({"hello":{"positions":{}}})"},
      {"null in a list", R"({"hello":{"positions":[null]}})"},
      {"a negative number", R"({"ref":-1})"},
      {"2^32", R"({"ref":4294967296})"},
      {"2^64", R"({"ref":18446744073709551616})"},
      {"2^53 + 1 for 32 bits", R"({"ref":9007199254740993})"},
      {"1e999", R"({"ref":1e999})"},
      {"-1e999", R"({"ref":-1e999})"},
      {"a fraction", R"({"ref":1.5})"},
      {"a number with a space in a string", R"({"ref":" 1"})"},
      {"an empty string for a number", R"({"ref":""})"},
      {"a fraction for an enum", R"({"setStatus":{"status":1.5}})"},
      {"two bodies", R"({"heartbeat":{},"post":{}})"},
      {"protobuf", "\x08\x01\x4a\x00"s},
  };
}

TEST(Hostile, S3_json_that_is_not_the_mapping_gives_nothing) {
  for (const Case& bad : bad_json()) EXPECT_FALSE(decode_client(Encoding::json, bad.bytes)) << bad.name;
}

TEST(Hostile, S3_json_cut_at_every_octet_gives_nothing) {
  for (const ClientFrame& frame : samples::client_frames()) {
    const std::string whole = encode(Encoding::json, frame);
    for (std::size_t n = 0; n < whole.size(); ++n)
      EXPECT_FALSE(decode_client(Encoding::json, whole.substr(0, n)));
  }
}

TEST(Hostile, of_a_repeated_key_the_last_one_counts) {
  const auto frame = decode_client(Encoding::json, R"({"ref":1,"heartbeat":{},"ref":2})");
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->ref, 2u);
}

TEST(Hostile, what_is_odd_in_an_unknown_field_but_json_is_skipped) {
  for (const char* text : {R"({"later":1e999})", R"({"later":9007199254740993})", R"({"later":-0.0})",
                           R"({"later":[[[[[[[[1]]]]]]]]})", R"({"":{}})"}) {
    EXPECT_TRUE(decode_client(Encoding::json, text)) << text;
  }
}

TEST(Hostile, a_64_bit_number_keeps_all_its_digits_as_number_and_as_string) {
  for (const char* text :
       {R"({"ack":{"timeMs":9007199254740993}})", R"({"ack":{"timeMs":"9007199254740993"}})"}) {
    const auto frame = decode_server(Encoding::json, text);
    ASSERT_TRUE(frame);
    EXPECT_EQ(std::get<Ack>(frame->body).time_ms, 9'007'199'254'740'993);
  }
}

TEST(Hostile, NUL_and_other_odd_characters_are_text) {
  for (const Encoding encoding : {Encoding::protobuf, Encoding::json}) {
    for (const std::string& text :
         {"\0"s, "\xef\xbb\xbf"s, "\xe2\x80\xae"s, "\xe2\x80\x8b"s, "\xef\xbf\xbf"s}) {
      const auto frame =
          decode_client(encoding, encode(encoding, ClientFrame{1, Post{"c", "i", 1, 0, {text}}}));
      ASSERT_TRUE(frame);
      EXPECT_EQ(std::get<Post>(frame->body).content.text, text);
    }
  }
}

// ---------------------------------------------------------------- what it may cost

constexpr std::size_t message_octets_max = 65'536;

std::vector<Case> dear() {
  const std::string post_head = "\x2a\xf0\xff\x03";
  std::string keys = "{";
  for (int i = 0; keys.size() < message_octets_max - 16; ++i) keys += '"' + std::to_string(i) + "\":1,";
  keys += "\"z\":1}";
  return {
      {"empty positions in binary", "\x12\xf0\xff\x03" + repeated("\x32\x00"s, 32'760)},
      {"empty unknown fields", repeated("\x92\x03\x00"s, 21'000)},
      {"unknown varints", repeated("\x90\x03\x00"s, 21'000)},
      {"the same body again and again", repeated("\x2a\x02\x1a\x00"s, 16'000)},
      {"groups side by side", repeated("\x93\x03\x94\x03"s, 16'000)},
      {"empty positions in JSON", R"({"hello":{"positions":[)" + repeated("{},", 21'000) + "{}]}}"},
      {"empty arrays in an unknown field", R"({"later":[)" + repeated("[],", 21'000) + "[]]}"},
      {"many keys", keys},
      {"one key again and again", "{" + repeated("\"a\":{},", 9'000) + "\"a\":{}}"},
      {"escapes", R"({"post":{"clientId":")" + repeated("\\u0000", 10'000) + "\"}}"},
  };
}

TEST(Hostile, S2_no_message_makes_the_codec_allocate_more_than_a_bounded_multiple_of_itself) {
  for (const Case& input : dear()) {
    const Encoding encoding = input.bytes.front() == '{' ? Encoding::json : Encoding::protobuf;
    (void)decode_client(encoding, input.bytes);  // warm: descriptors are built once
    const std::size_t before = allocated_octets;
    const auto start = std::chrono::steady_clock::now();
    const auto frame = decode_client(encoding, input.bytes);
    const auto took = std::chrono::steady_clock::now() - start;
    const std::size_t used = allocated_octets - before;
    EXPECT_LT(used, 128 * message_octets_max) << input.name;
    EXPECT_LT(took, std::chrono::seconds(2)) << input.name;  // generous: it takes about a millisecond
    RecordProperty(input.name, std::to_string(used / 1024) + " KiB");
    if (std::getenv("SHOW_COST")) {
      std::printf("%-45s %8zu octets %7zu KiB %8.2f ms %s\n", input.name, input.bytes.size(), used / 1024,
                  std::chrono::duration<double, std::milli>(took).count(), frame ? "taken" : "refused");
    }
  }
}

}  // namespace
}  // namespace switchboard::proto
