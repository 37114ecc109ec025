// Assignment and agents (functions/assignment.lua, functions/agent.lua).
#include <algorithm>
#include <boost/asio/use_awaitable.hpp>

#include "server/store/redis_store_ask.hpp"

namespace switchboard::store {

Task<Answer<Assigned>> RedisStore::offer(const Offer& o) {
  if (!is_shop(o.shop) || !is_id(o.conversation) || !is_id(o.agent) || o.accept_within <= 0 ||
      o.accept_within > offer_ms_max || o.why.size() > why_octets_max || o.park_units > park_units_max)
    return at_once<Assigned>(Refusal::invalid);
  Command call = function_call("offer", o.shop);
  call.arg(o.desk_epoch).arg(o.conversation).arg(o.agent).arg(o.version).arg(o.accept_within);
  call.arg(std::string_view(&o.reason, o.reason == 0 ? 0 : 1)).arg(o.why).arg(o.park_units);
  return ask<Assigned>(call.octets(), parse_assigned);
}

Task<Answer<std::vector<Millis>>> RedisStore::park(std::string_view shop, std::uint64_t desk_epoch,
                                                   Millis silence,
                                                   std::span<const std::string> conversations) {
  if (!is_shop(shop) || silence < 0 || conversations.size() > park_max ||
      !std::ranges::all_of(conversations, is_id))
    return at_once<std::vector<Millis>>(Refusal::invalid);
  Command call = function_call("park", shop);
  call.arg(desk_epoch).arg(silence);
  for (const auto& conversation : conversations) call.arg(conversation);
  return ask<std::vector<Millis>>(call.octets(), parse_times);
}

Task<Answer<std::string>> RedisStore::why(std::string_view shop, std::string_view conversation) {
  if (!is_shop(shop) || !is_id(conversation)) return at_once<std::string>(Refusal::invalid);
  return ask_plain<std::string>(Command("GET").arg(key_of(shop, "w:" + std::string(conversation))).octets(),
                                parse_text);
}

Task<Answer<std::vector<OfferMade>>> RedisStore::offers_made(std::string_view shop, std::string_view before,
                                                             std::uint32_t limit) {
  if (!is_shop(shop) || limit == 0 || limit > offers_read_max || (!before.empty() && !number_of_id(before)))
    return at_once<std::vector<OfferMade>>(Refusal::invalid);
  return ask<std::vector<OfferMade>>(function_call("decisions", shop).arg(limit).arg(before).octets(),
                                     parse_offers_made);
}

Task<Answer<Assigned>> RedisStore::accept(std::string_view shop, std::string_view conversation,
                                          std::string_view agent, std::uint32_t fence,
                                          std::span<const std::string> entries) {
  if (!is_shop(shop) || !is_id(conversation) || !is_id(agent) || !are_entries(entries))
    return at_once<Assigned>(Refusal::invalid);
  Command call = function_call("accept", shop);
  call.arg(conversation).arg(agent).arg(fence);
  for (const auto& body : entries) call.arg(body);
  return ask<Assigned>(call.octets(), parse_assigned);
}

Task<Answer<Done>> RedisStore::decline(std::string_view shop, std::string_view conversation,
                                       std::string_view agent, std::uint32_t fence, std::string_view reason) {
  if (!is_shop(shop) || !is_id(conversation) || !is_id(agent) || !is_text(reason))
    return at_once<Done>(Refusal::invalid);
  Command call = function_call("decline", shop);
  call.arg(conversation).arg(agent).arg(fence).arg(reason);
  return ask<Done>(call.octets(), parse_done);
}

Task<Answer<Done>> RedisStore::requeue(std::string_view shop, std::uint64_t desk_epoch,
                                       std::string_view conversation, std::uint32_t version,
                                       std::string_view reason, std::span<const std::string> entries) {
  if (!is_shop(shop) || !is_id(conversation) || !is_text(reason) || !are_entries(entries))
    return at_once<Done>(Refusal::invalid);
  Command call = function_call("requeue", shop);
  call.arg(desk_epoch).arg(conversation).arg(version).arg(reason);
  for (const auto& body : entries) call.arg(body);
  return ask<Done>(call.octets(), parse_done);
}

Task<Answer<AgentView>> RedisStore::agent_enter(std::string_view shop, std::string_view agent,
                                                std::string_view node, std::string_view session) {
  if (!is_shop(shop) || !is_id(agent) || !is_id(node) || !is_id(session))
    return at_once<AgentView>(Refusal::invalid);
  Command call = function_call("agent_enter", shop);
  call.arg(agent).arg(node).arg(session);
  return ask<AgentView>(call.octets(), parse_agent);
}

Task<Answer<Done>> RedisStore::agent_status(std::string_view shop, std::string_view agent,
                                            std::string_view session, AgentStatus status,
                                            std::string_view reason) {
  if (!is_shop(shop) || !is_id(agent) || !is_id(session) || !is_text(reason))
    return at_once<Done>(Refusal::invalid);
  Command call = function_call("agent_status", shop);
  call.arg(agent).arg(session).arg(static_cast<char>(status)).arg(reason);
  return ask<Done>(call.octets(), parse_done);
}

Task<Answer<Done>> RedisStore::agent_status_by_desk(std::string_view shop, std::uint64_t desk_epoch,
                                                    std::string_view agent, AgentStatus status,
                                                    std::string_view reason) {
  if (!is_shop(shop) || !is_id(agent) || !is_text(reason)) return at_once<Done>(Refusal::invalid);
  Command call = function_call("agent_status_by_desk", shop);
  call.arg(desk_epoch).arg(agent).arg(static_cast<char>(status)).arg(reason);
  return ask<Done>(call.octets(), parse_done);
}

Task<Answer<Done>> RedisStore::agent_line(std::string_view shop, std::string_view agent,
                                          std::string_view session, Line line, bool moving) {
  if (!is_shop(shop) || !is_id(agent) || !is_id(session)) return at_once<Done>(Refusal::invalid);
  Command call = function_call("agent_line", shop);
  call.arg(agent).arg(session).arg(static_cast<char>(line)).arg(moving ? "1" : "");
  return ask<Done>(call.octets(), parse_done);
}

Task<Answer<AgentView>> RedisStore::agent(std::string_view shop, std::string_view agent) {
  if (!is_shop(shop) || !is_id(agent)) return at_once<AgentView>(Refusal::invalid);
  return ask<AgentView>(function_call("agent", shop).arg(agent).octets(), parse_agent);
}

}  // namespace switchboard::store
