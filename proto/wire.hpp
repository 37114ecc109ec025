// Generated messages <-> frames. Inside the codec only: nobody else includes this or frames.pb.h.
// `put` writes a value into an empty message; `get` reads one. Both are total: every message has a meaning.
// Submessages that hold only defaults are left out, so that an absent one and an empty one mean the same
// (W6).
#pragma once

#include <string>
#include <utility>

#include "proto/frames.hpp"
#include "proto/frames.pb.h"

namespace switchboard::proto::wire {

// An enum value that this version does not know reads as the zero of its enum (W7).
template <class Value, class Wire>
Value known(Wire wire, bool (*is_valid)(int)) {
  return is_valid(wire) ? static_cast<Value>(wire) : Value{};
}

// Takes a text out of a message that dies with this translation instead of copying it: for the frames that every message
// passes through. An empty field may be protobuf's shared default, which must not be touched.
inline std::string taken(const std::string& field) {
  return field.empty() ? std::string() : std::move(const_cast<std::string&>(field));
}

// wire_client.cpp: what both directions share, and what a client sends
void put(const Person&, v1::Person&);
Person get(const v1::Person&);
void put(const Wish&, v1::Wish&);
Wish get(const v1::Wish&);
// A wish for nothing is left out of the message `m`, which has a field "wish".
void put_wish(const Wish& wish, auto& m) {
  if (wish != Wish{}) put(wish, *m.mutable_wish());
}
void put(const Content&, v1::Content&);
Content get(const v1::Content&);

void put(const ClientFrame&, v1::ClientFrame&);
ClientFrame get(const v1::ClientFrame&);

// wire_server.cpp
void put(const Entry&, v1::Entry&);
Entry get(const v1::Entry&);
void put(const ServerFrame&, v1::ServerFrame&);
ServerFrame get(const v1::ServerFrame&);

}  // namespace switchboard::proto::wire
