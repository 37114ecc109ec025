// Every frame survives both encodings; what a later version adds does no harm (W7, W8).
#include "proto/codec.hpp"

#include <gtest/gtest.h>

#include <google/protobuf/unknown_field_set.h>

#include <set>

#include "proto/frames.pb.h"
#include "tests/proto/samples.hpp"

namespace switchboard::proto {
namespace {

constexpr Encoding encodings[] = {Encoding::protobuf, Encoding::json};

// Frames have no equality of their own; the JSON text shows every field, also those that are zero.
std::string shown(const auto& frame) {
  return encode(Encoding::json, frame);
}

TEST(Codec, W1_every_client_frame_round_trips_in_both_encodings) {
  for (const ClientFrame& frame : samples::client_frames()) {
    for (const Encoding encoding : encodings) {
      const auto back = decode_client(encoding, encode(encoding, frame));
      ASSERT_TRUE(back) << shown(frame);
      EXPECT_EQ(back->body.index(), frame.body.index());
      EXPECT_EQ(shown(*back), shown(frame));
    }
  }
}

TEST(Codec, W1_every_server_frame_round_trips_in_both_encodings) {
  for (const ServerFrame& frame : samples::server_frames()) {
    for (const Encoding encoding : encodings) {
      const auto back = decode_server(encoding, encode(encoding, frame));
      ASSERT_TRUE(back) << shown(frame);
      EXPECT_EQ(back->body.index(), frame.body.index());
      EXPECT_EQ(shown(*back), shown(frame));
    }
  }
}

TEST(Codec, every_kind_of_frame_has_a_sample) {
  std::set<std::size_t> client, server;
  for (const auto& frame : samples::client_frames()) client.insert(frame.body.index());
  for (const auto& frame : samples::server_frames()) server.insert(frame.body.index());
  EXPECT_EQ(client.size(), std::variant_size_v<decltype(ClientFrame::body)>);
  EXPECT_EQ(server.size(), std::variant_size_v<decltype(ServerFrame::body)>);
}

// A field that the codec forgets comes back as a default: each field of the schema must be set in some
// sample.
void note_set_fields(const google::protobuf::Message& message, std::set<std::string>& seen) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    seen.insert(field->full_name());
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      note_set_fields(message.GetReflection()->GetMessage(message, field), seen);
      continue;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      note_set_fields(message.GetReflection()->GetRepeatedMessage(message, field, i), seen);
    }
  }
}

void all_fields(const google::protobuf::Descriptor& type, std::set<std::string>& names) {
  for (int i = 0; i < type.field_count(); ++i) names.insert(type.field(i)->full_name());
  for (int i = 0; i < type.nested_type_count(); ++i) all_fields(*type.nested_type(i), names);
}

TEST(Codec, every_field_of_the_schema_is_translated) {
  std::set<std::string> seen, all;
  for (const auto& frame : samples::client_frames()) {
    v1::ClientFrame message;
    ASSERT_TRUE(message.ParseFromString(encode(Encoding::protobuf, frame)));
    note_set_fields(message, seen);
  }
  for (const auto& frame : samples::server_frames()) {
    v1::ServerFrame message;
    ASSERT_TRUE(message.ParseFromString(encode(Encoding::protobuf, frame)));
    note_set_fields(message, seen);
  }
  const auto* file = v1::ClientFrame::descriptor()->file();
  for (int i = 0; i < file->message_type_count(); ++i) all_fields(*file->message_type(i), all);
  for (const std::string& name : all) EXPECT_TRUE(seen.count(name)) << name << " is never set";
}

TEST(Codec, the_enums_of_the_frames_are_those_of_the_schema) {
  EXPECT_EQ(v1::ErrorCode_MAX, static_cast<int>(ErrorCode::already_signed_in));
  EXPECT_EQ(v1::Role_MAX, static_cast<int>(Role::system));
  EXPECT_EQ(v1::WishMode_MAX, static_cast<int>(WishMode::strict));
  EXPECT_EQ(v1::ConversationState_MAX, static_cast<int>(ConversationState::closed));
  EXPECT_EQ(v1::AgentStatus_MAX, static_cast<int>(AgentStatus::on_break));
  EXPECT_EQ(v1::Trigger_MAX, static_cast<int>(Trigger::closed));
  EXPECT_EQ(v1::RequeueReason_MAX, static_cast<int>(RequeueReason::transfer));
  EXPECT_EQ(v1::AssignReason_MAX, static_cast<int>(AssignReason::other_persona));
  EXPECT_EQ(v1::WaitReason_MAX, static_cast<int>(WaitReason::persona_not_on_shift));
  EXPECT_EQ(v1::OfferEndReason_MAX, static_cast<int>(OfferEndReason::withdrawn));
}

TEST(Codec, W6_a_welcome_says_status_to_agents_and_availability_to_visitors_even_when_all_is_zero) {
  Welcome welcome;
  welcome.you = samples::agent();
  EXPECT_NE(shown(ServerFrame{1, welcome}).find("\"status\":{"), std::string::npos);
  welcome.you = samples::visitor();
  EXPECT_NE(shown(ServerFrame{1, welcome}).find("\"availability\":{"), std::string::npos);
}

google::protobuf::UnknownFieldSet& unknown_fields(google::protobuf::Message& message) {
  return *message.GetReflection()->MutableUnknownFields(&message);
}

TEST(Codec, W7_unknown_fields_are_ignored_in_binary) {
  v1::ClientFrame message;
  message.set_ref(3);
  message.mutable_heartbeat();
  unknown_fields(message).AddVarint(900, 1);
  unknown_fields(message).AddLengthDelimited(901, "anything \xff");
  unknown_fields(*message.mutable_heartbeat()).AddFixed64(7, 1);
  const auto frame = decode_client(Encoding::protobuf, message.SerializeAsString());
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->ref, 3u);
  EXPECT_TRUE(std::holds_alternative<Heartbeat>(frame->body));
}

TEST(Codec, W7_unknown_fields_are_ignored_in_json) {
  const auto frame = decode_client(
      Encoding::json, R"({"ref":3,"later":{"a":[1,1e999,null]},"post":{"clientId":"x","color":"red"}})");
  ASSERT_TRUE(frame);
  EXPECT_EQ(std::get<Post>(frame->body).client_id, "x");
}

TEST(Codec, W7_a_body_of_a_later_version_is_a_frame_without_body_that_keeps_its_ref) {
  v1::ClientFrame message;
  message.set_ref(8);
  unknown_fields(message).AddLengthDelimited(50, "");
  auto frame = decode_client(Encoding::protobuf, message.SerializeAsString());
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->ref, 8u);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(frame->body));
  frame = decode_client(Encoding::json, R"({"ref":8,"invented":{}})");
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->ref, 8u);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(frame->body));
}

TEST(Codec, W7_a_request_with_an_unknown_enum_value_never_becomes_another_request) {
  v1::ClientFrame message;
  message.set_ref(1);
  message.mutable_set_status()->set_status(static_cast<v1::AgentStatus>(77));
  auto frame = decode_client(Encoding::protobuf, message.SerializeAsString());
  ASSERT_TRUE(frame);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(frame->body));
  for (const char* text :
       {R"({"ref":1,"setStatus":{"status":"STATUS_GARDENING"}})", R"({"ref":1,"setStatus":{"status":9}})",
        R"({"ref":1,"open":{"skill":"a","wish":{"mode":"WISH_HARD"}}})",
        R"({"ref":1,"changeWish":{"wish":{"mode":256}}})"}) {
    frame = decode_client(Encoding::json, text);
    ASSERT_TRUE(frame) << text;
    EXPECT_TRUE(std::holds_alternative<std::monostate>(frame->body)) << text;
    EXPECT_EQ(frame->ref, 1u);
  }
}

TEST(Codec, W7_an_unknown_enum_value_from_the_server_reads_as_unspecified) {
  v1::ServerFrame message;
  message.mutable_error()->set_code(static_cast<v1::ErrorCode>(257));
  const auto frame = decode_server(Encoding::protobuf, message.SerializeAsString());
  ASSERT_TRUE(frame);
  EXPECT_EQ(std::get<Error>(frame->body).code, ErrorCode::unspecified);
}

TEST(Codec, a_stored_body_leaves_out_what_the_store_keeps_beside_it) {
  const Entry entry{7, 1'700'000'000'000, "cid", samples::visitor(), Content{"text"}};
  const auto back = decode_entry_body(encode_entry_body(entry));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->seq, 0u);
  EXPECT_EQ(back->time_ms, 0);
  EXPECT_EQ(back->client_id, "");
  EXPECT_EQ(back->author, samples::visitor());
  EXPECT_EQ(std::get<Content>(back->body).text, "text");
  EXPECT_FALSE(decode_entry_body("\x0a\xff"));
}

TEST(Codec, hints_round_trip) {
  for (const ServerFrame& frame : samples::server_frames()) {
    const auto back = decode_hint(encode_hint(frame));
    ASSERT_TRUE(back);
    EXPECT_EQ(shown(*back), shown(frame));
  }
}

}  // namespace
}  // namespace switchboard::proto
