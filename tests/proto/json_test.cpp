// The JSON mapping as a client author meets it (W1, W5, W6).
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "proto/codec.hpp"
#include "tests/proto/samples.hpp"

namespace switchboard::proto {
namespace {

std::optional<ClientFrame> read(std::string_view text) {
  return decode_client(Encoding::json, text);
}

TEST(Json, W5_names_are_lower_camel_case_and_int64_travels_as_a_string) {
  EXPECT_EQ(
      encode(Encoding::json, ServerFrame{7, Ack{"c", "id", 1, 2, 1'700'000'000'002, false}}),
      R"({"ref":7,"ack":{"conversation":"c","clientId":"id","epoch":1,"seq":2,"timeMs":"1700000000002","duplicate":false}})");
}

TEST(Json, W6_zero_is_written_and_an_absent_submessage_is_not) {
  EXPECT_EQ(encode(Encoding::json, ServerFrame{0, Status{}}),
            R"({"ref":0,"status":{"status":"STATUS_OFFLINE","reason":""}})");
  EXPECT_EQ(encode(Encoding::json, ClientFrame{1, OpenConversation{"presale", {}}}),
            R"({"ref":1,"open":{"skill":"presale","clientId":""}})");
}

TEST(Json, both_spellings_of_a_name_are_read) {
  for (const char* text : {R"({"post":{"clientId":"a"}})", R"({"post":{"client_id":"a"}})"}) {
    const auto frame = read(text);
    ASSERT_TRUE(frame);
    EXPECT_EQ(std::get<Post>(frame->body).client_id, "a");
  }
}

TEST(Json, numbers_may_be_strings_and_enums_names_or_numbers) {
  auto frame = read(R"({"ref":"12","markRead":{"conversation":"c","seq":1.7e1}})");
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->ref, 12u);
  EXPECT_EQ(std::get<MarkRead>(frame->body).seq, 17u);
  for (const char* text : {R"({"setStatus":{"status":"STATUS_DRAIN"}})", R"({"setStatus":{"status":2}})"}) {
    frame = read(text);
    ASSERT_TRUE(frame);
    EXPECT_EQ(std::get<SetStatus>(frame->body).status, AgentStatus::drain);
  }
}

TEST(Json, null_means_not_given) {
  const auto frame = read(R"({"ref":1,"post":null,"heartbeat":{}})");
  ASSERT_TRUE(frame);
  EXPECT_TRUE(std::holds_alternative<Heartbeat>(frame->body));
}

TEST(Json, every_text_survives_and_what_is_written_is_one_line_of_json) {
  std::string text = "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f </script> 中文 🙂 \xe2\x80\xa8";
  text += '\0';
  const ClientFrame frame{1, Post{"c", "id", 1, 0, {text}}};
  const std::string json = encode(Encoding::json, frame);
  EXPECT_EQ(json.find('\n'), std::string::npos);
  boost::json::error_code error;
  (void)boost::json::parse(json, error);
  EXPECT_FALSE(error);
  const auto back = read(json);
  ASSERT_TRUE(back);
  EXPECT_EQ(std::get<Post>(back->body).content.text, text);
}

TEST(Json, escapes_of_astral_characters_are_read) {
  const auto frame = read(R"({"post":{"content":{"text":"\ud83d\ude42"}}})");
  ASSERT_TRUE(frame);
  EXPECT_EQ(std::get<Post>(frame->body).content.text, "🙂");
}

}  // namespace
}  // namespace switchboard::proto
