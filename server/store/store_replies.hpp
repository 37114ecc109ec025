// Replies of the functions -> values of the contract. Each returns nullopt if the reply is not what the
// library of our revision answers; a newer revision may add to the end of what it answers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/store/redis_reply.hpp"
#include "server/store/store.hpp"

namespace switchboard::store {

// The negative integers of functions/library.lua; nullopt if the reply is no refusal.
std::optional<Refusal> refusal_of_function(ReplyView) noexcept;

std::optional<Appended> parse_appended(ReplyView);              // {seq, epoch, time, duplicate}
std::optional<std::vector<LogEntry>> parse_entries(ReplyView);  // XRANGE of a log
std::optional<ConversationView> parse_conversation(std::string id, ReplyView fields);
std::optional<AgentView> parse_agent(ReplyView);
std::optional<Opened> parse_opened(ReplyView);      // {created, id}
std::optional<Assigned> parse_assigned(ReplyView);  // {fence, version, time}
std::optional<std::vector<OfferMade>> parse_offers_made(ReplyView);
std::optional<std::vector<Millis>> parse_times(ReplyView);  // {ms, ...}
std::optional<DeskState> parse_desk_state(ReplyView);
std::optional<Store::Lease> parse_lease(ReplyView);         // {epoch, beat, mine}
std::optional<std::vector<Event>> parse_events(ReplyView);  // XRANGE of the event stream
std::optional<std::vector<std::pair<std::string, std::string>>> parse_pairs(ReplyView);  // HGETALL

// The number behind the dash of a stream id "0-<n>"; nullopt if it is none of ours.
std::optional<std::uint64_t> number_of_id(std::string_view id) noexcept;

}  // namespace switchboard::store
