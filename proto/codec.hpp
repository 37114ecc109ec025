// Bytes <-> frames, in both subprotocols. The only place that knows generated code.
// All functions are pure and may be called on any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proto/frames.hpp"

namespace switchboard::proto {

// The subprotocol of a connection (W1): binary protobuf in binary messages, or protobuf's JSON mapping in text messages.
enum class Encoding : std::uint8_t { protobuf, json };

inline constexpr std::string_view subprotocol_protobuf = "switchboard.v1.pb";
inline constexpr std::string_view subprotocol_json = "switchboard.v1.json";

// nullopt: not decodable (malformed, nested deeper than 32, not UTF-8, a wrong type). A frame that decodes but has no
// body that we know comes back with std::monostate, and so does a request that asks for a wish mode or a status that we
// do not know (W7). Allocates at most 128 times the input (a list of empty messages), ordinary frames next to nothing.
std::optional<ClientFrame> decode_client(Encoding, std::string_view);
std::optional<ServerFrame> decode_server(Encoding, std::string_view);

std::string encode(Encoding, const ClientFrame&);
std::string encode(Encoding, const ServerFrame&);

// The body of a log entry as it is stored: everything but seq, time and client id, which the store keeps beside it.
std::string encode_entry_body(const Entry&);
// nullopt if the stored bytes are not such a body.
std::optional<Entry> decode_entry_body(std::string_view);

// Availability and hints as they travel between gateways.
std::string encode_hint(const ServerFrame&);
std::optional<ServerFrame> decode_hint(std::string_view);

}  // namespace switchboard::proto
