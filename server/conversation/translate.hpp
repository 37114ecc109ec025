// Store values -> frames. The one place where the store's nouns and the wire's meet.
#pragma once

#include <span>
#include <string>

#include "proto/frames.hpp"
#include "server/store/values.hpp"

namespace switchboard::shop {
struct Shop;
}

namespace switchboard::conversation {

proto::Role to_proto(store::Role);
proto::ConversationState to_proto(store::State);
proto::AgentStatus to_proto(store::AgentStatus);
store::AgentStatus to_store(proto::AgentStatus);
proto::Wish to_proto(const store::Wish&);
store::Wish to_store(const proto::Wish&);

// A stored body that cannot be decoded (written by a newer version) becomes an entry without a body: its seq
// is kept, so that the log stays without gaps.
proto::Entry to_proto(const store::LogEntry&);
// For supervisors (W29). A record that cannot be read is left out of it.
proto::Decision to_proto(const shop::Shop&, const store::OfferMade&);
proto::ServerFrame entries_frame(const std::string& conversation, std::uint32_t epoch,
                                 std::span<const store::LogEntry>);

// Why the latest offer was made, as the desk put it into the store: a digit. Unspecified if it is none that
// we know.
proto::AssignReason assign_reason(const store::ConversationView&);
char to_store(proto::AssignReason);

// The agent as people see her: name and persona from the shop's settings; empty Person for an empty id.
proto::Person agent_person(const shop::Shop&, const std::string& agent);
proto::Person visitor_person(const store::ConversationView&);

// What each side may know of a conversation (S1): a visitor sees no fence, no tier, and nobody she does not
// talk to yet.
proto::Conversation for_visitor(const shop::Shop&, const store::ConversationView&);
proto::Conversation for_agent(const shop::Shop&, const store::ConversationView&, const std::string& agent);

}  // namespace switchboard::conversation
