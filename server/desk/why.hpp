// Why this agent (2.13): the router's record of an offer in the words of the wire.
#pragma once

#include "proto/frames.hpp"
#include "router/decisions.hpp"
#include "server/desk/names.hpp"
#include "server/shop/shop.hpp"
#include "server/store/values.hpp"

namespace switchboard::desk {

// For the agent to whom the conversation is offered: she learns of colleagues by name, of other visitors
// nothing but a number (S1). Pure.
proto::Why why_offered(const router::Offer&, const store::ConversationView&, const shop::Shop&, const Names&);

}  // namespace switchboard::desk
