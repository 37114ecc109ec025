// Which gateways live (functions/node.lua).
#include <algorithm>
#include <boost/asio/use_awaitable.hpp>

#include "server/store/redis_store_ask.hpp"

namespace switchboard::store {

namespace {

constexpr std::string_view system_tag = "sys";

std::optional<std::uint64_t> parse_start(ReplyView reply) {
  if (!reply.is_integer() || reply.integer() <= 0) return std::nullopt;
  return static_cast<std::uint64_t>(reply.integer());
}

// HGETALL of node -> "<incarnation> <beat>".
std::optional<std::vector<NodeBeat>> parse_nodes(ReplyView reply) {
  if (!reply.is_array()) return std::nullopt;
  std::vector<NodeBeat> out;
  for (std::size_t i = 1; i < reply.size(); i += 2) {
    const std::string_view text = reply[i].text();
    const auto space = text.rfind(' ');
    const auto beat =
        space == text.npos ? std::nullopt : number_of_id("0-" + std::string(text.substr(space + 1)));
    if (!beat) return std::nullopt;
    out.push_back({std::string(text.substr(0, space)), *beat});
  }
  std::ranges::sort(out, {}, &NodeBeat::incarnation);
  return out;
}

}  // namespace

Task<Answer<std::uint64_t>> RedisStore::node_start(std::string_view node, std::string_view random) {
  const bool sound = is_id(node) && is_id(random) && random.find('.') == random.npos;
  if (!sound) return at_once<std::uint64_t>(Refusal::invalid);
  return ask<std::uint64_t>(function_call("node_start", system_tag).arg(node).arg(random).octets(),
                            parse_start);
}

Task<Answer<Done>> RedisStore::node_beat(std::string_view incarnation) {
  if (!is_id(incarnation)) return at_once<Done>(Refusal::invalid);
  return ask<Done>(function_call("node_beat", system_tag).arg(incarnation).octets(), parse_done);
}

Task<Answer<std::vector<NodeBeat>>> RedisStore::nodes() {
  return ask_plain<std::vector<NodeBeat>>(Command("HGETALL").arg("{sys}:nodes").octets(), parse_nodes);
}

Task<Answer<Done>> RedisStore::node_forget(std::string_view incarnation, std::optional<std::uint64_t> beat) {
  if (!is_id(incarnation)) return at_once<Done>(Refusal::invalid);
  Command call = function_call("node_forget", system_tag);
  call.arg(incarnation).arg(beat ? std::to_string(*beat) : std::string());
  return ask<Done>(call.octets(), parse_done);
}

}  // namespace switchboard::store
