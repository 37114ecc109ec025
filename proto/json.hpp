// The JSON mapping of proto3 over any generated message, by reflection, on Boost.JSON. Own code because the
// one that comes with protobuf 3.21 takes what is not JSON (unquoted keys, single quotes), and costs tens of
// microseconds. Inside the codec only.
#pragma once

#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
}

namespace switchboard::proto::json {

inline constexpr unsigned depth_max = 32;  // nested arrays and objects, also inside fields that are not known

// Reads `text` into an empty message. False if it is not one JSON object in valid UTF-8 (RFC 8259), nests
// deeper than depth_max, or gives a known field a value of a wrong type or range, or sets two members of one
// oneof. Unknown fields and unknown names of enum values are skipped; of a repeated key the last one counts;
// null means "not given".
[[nodiscard]] bool read(std::string_view text, google::protobuf::Message&);

// Every scalar and list is written, also when it has its default; submessages and oneof members only if
// present.
std::string write(const google::protobuf::Message&);

}  // namespace switchboard::proto::json
