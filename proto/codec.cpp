#include "proto/codec.hpp"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <array>
#include <limits>

#include "proto/json.hpp"
#include "proto/wire.hpp"

namespace switchboard::proto {
namespace {

namespace pb = google::protobuf;

constexpr int depth_max = 32;  // nested messages and groups, also inside unknown fields

// The memory of one translation. Ordinary frames fit its first block, which lies on the stack; everything is
// freed in one piece.
class Scratch {
 public:
  Scratch() : arena_(options(block_)) {}
  template <class Message>
  Message& make() {
    return *pb::Arena::CreateMessage<Message>(&arena_);
  }

 private:
  using Block = std::array<char, 2048>;
  static pb::ArenaOptions options(Block& block) {
    pb::ArenaOptions options;
    options.initial_block = block.data();
    options.initial_block_size = block.size();
    return options;
  }

  alignas(8) Block block_;
  pb::Arena arena_;
};

// protobuf writes a line to stderr for each string that is not UTF-8: a stranger must not be able to fill the
// log.
void quieten_protobuf() {
  [[maybe_unused]] static const auto before = pb::SetLogHandler(nullptr);
}

bool parse(std::string_view bytes, pb::MessageLite& message) {
  quieten_protobuf();
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return false;
  pb::io::CodedInputStream input(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                 static_cast<int>(bytes.size()));
  input.SetRecursionLimit(depth_max);
  return message.ParseFromCodedStream(&input) && input.ConsumedEntireMessage();
}

template <class Wire>
auto decode(Encoding encoding, std::string_view bytes) {
  Scratch scratch;
  Wire& message = scratch.make<Wire>();
  const bool good = encoding == Encoding::protobuf ? parse(bytes, message) : json::read(bytes, message);
  using Value = decltype(wire::get(message));
  return good ? std::optional<Value>(wire::get(message)) : std::nullopt;
}

template <class Wire, class Value>
std::string encode_as(Encoding encoding, const Value& value) {
  Scratch scratch;
  Wire& message = scratch.make<Wire>();
  wire::put(value, message);
  return encoding == Encoding::protobuf ? message.SerializeAsString() : json::write(message);
}

}  // namespace

std::optional<ClientFrame> decode_client(Encoding encoding, std::string_view bytes) {
  return decode<v1::ClientFrame>(encoding, bytes);
}

std::optional<ServerFrame> decode_server(Encoding encoding, std::string_view bytes) {
  return decode<v1::ServerFrame>(encoding, bytes);
}

std::string encode(Encoding encoding, const ClientFrame& frame) {
  return encode_as<v1::ClientFrame>(encoding, frame);
}

std::string encode(Encoding encoding, const ServerFrame& frame) {
  return encode_as<v1::ServerFrame>(encoding, frame);
}

std::string encode_entry_body(const Entry& entry) {
  Scratch scratch;
  auto& message = scratch.make<v1::Entry>();
  wire::put(entry, message);
  // The store keeps these beside the body, and is the one who knows them.
  message.clear_seq();
  message.clear_time_ms();
  message.clear_client_id();
  return message.SerializeAsString();
}

std::optional<Entry> decode_entry_body(std::string_view bytes) {
  return decode<v1::Entry>(Encoding::protobuf, bytes);
}

std::string encode_hint(const ServerFrame& frame) {
  return encode(Encoding::protobuf, frame);
}

std::optional<ServerFrame> decode_hint(std::string_view bytes) {
  return decode_server(Encoding::protobuf, bytes);
}

}  // namespace switchboard::proto
